"""Package URLs, and versions in the order of their ecosystem: what SBOMs and rules both need."""
