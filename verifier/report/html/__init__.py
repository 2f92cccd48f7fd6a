"""One page that needs nothing else: no network, no scripts of others."""
