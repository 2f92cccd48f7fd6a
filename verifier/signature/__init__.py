"""Verify: the only maker of VerifiedStatement."""
