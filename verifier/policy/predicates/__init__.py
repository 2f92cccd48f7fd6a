"""What is inside the predicates that rules look into: provenance, vulnerability scans, VEX."""
