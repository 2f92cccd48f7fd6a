"""One Report, many formats."""
