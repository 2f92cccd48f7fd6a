"""How versions order: one function a kind, from text that is a version to a value that orders by ``<``."""
