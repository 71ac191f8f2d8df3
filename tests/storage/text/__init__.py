"""Rules of `storage/text/`."""
