"""The names of the commands."""

from __future__ import annotations

COMMANDS = (
    "image",
    "gate",
    "admission",
    "sbom",
    "attestations",
    "tree",
    "bundle",
    "policy",
    "report",
    "trust",
    "cache",
)
"""In the order of the help."""
