"""The version of this program: stated here, and taken from here by the package."""

from __future__ import annotations

__version__ = "0.1.0"
