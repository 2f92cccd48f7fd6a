"""The names of the commands."""

from __future__ import annotations

COMMANDS = ("image", "sbom", "attestations", "tree", "bundle", "policy", "report", "trust", "cache")
"""In the order of the help."""

PLANNED = ("gate", "admission")
"""Commands to come; until then their names are kept from being read as images."""
