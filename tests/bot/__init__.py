"""Rules of the outer floor."""
