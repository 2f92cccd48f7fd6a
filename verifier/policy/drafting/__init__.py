"""Policies drafted from what is attached to an image."""
