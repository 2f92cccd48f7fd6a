"""The nouns that every step shares: frozen values, no input or output."""
