"""The names of the commands."""

from __future__ import annotations

COMMANDS = ("image", "sbom", "attestations", "tree", "bundle", "policy", "trust", "cache")
"""In the order of the help."""
