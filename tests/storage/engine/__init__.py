"""Rules of `storage/engine/`."""
