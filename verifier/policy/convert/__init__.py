"""Policies of other tools, as policies of this one.

What has no equal fails closed: the policy that comes out refuses where the original might have admitted, and
says what it could not say. What the original does otherwise than it seems to is said as well.
"""

from verifier.policy.convert.conversion import Conversion, Converted, convert
from verifier.policy.convert.issues import Issue

__all__ = ["Conversion", "Converted", "Issue", "convert"]
