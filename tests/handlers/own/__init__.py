"""A mention changes hands."""
