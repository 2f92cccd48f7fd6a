"""Trusted keys and authorities."""
