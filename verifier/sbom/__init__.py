"""Decode SBOMs."""
