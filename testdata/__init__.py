"""Data for tests and the demonstration, and the programs that make it."""
