"""Rules of `storage/moving/`."""
