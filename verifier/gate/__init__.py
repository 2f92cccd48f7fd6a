"""The gate: every image that files name, verified once each."""
