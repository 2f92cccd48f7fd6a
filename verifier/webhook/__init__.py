"""The admission check: reviews of the Kubernetes API server in, decisions out."""
