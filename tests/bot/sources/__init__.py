"""Rules of the sources."""
