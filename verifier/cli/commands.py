"""The names of the commands."""

from __future__ import annotations

COMMANDS = ("image", "admission", "sbom", "attestations", "tree", "bundle", "policy", "report", "trust", "cache")
"""In the order of the help."""

PLANNED = ("gate",)
"""Commands to come; until then their names are kept from being read as images."""
