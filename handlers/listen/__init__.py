"""A mention arrives."""
