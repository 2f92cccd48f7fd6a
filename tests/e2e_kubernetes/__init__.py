"""The deployment, against a real API server."""
