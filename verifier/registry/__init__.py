"""Fetch: registries, OCI layouts, discovery of evidence, the content cache."""
