"""Rules of `storage/search/`."""
