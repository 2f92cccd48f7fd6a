"""The names of the commands."""

from __future__ import annotations

COMMANDS = ("image", "sbom", "attestations", "tree", "bundle", "policy", "trust", "cache")
"""In the order of the help."""

PLANNED = ("gate", "admission", "report")
"""Commands to come; until then their names are kept from being read as images."""
