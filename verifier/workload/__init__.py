"""Which images are asked about: Kubernetes objects, Compose files, Dockerfiles and lists."""
