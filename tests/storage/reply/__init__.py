"""Rules of `storage/reply/`."""
