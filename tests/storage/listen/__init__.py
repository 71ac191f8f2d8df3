"""Rules of `storage/listen/`."""
