"""In-toto statements and predicates."""
