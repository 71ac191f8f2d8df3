"""Rules of `storage/own/`."""
