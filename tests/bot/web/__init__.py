"""Rules of the front."""
