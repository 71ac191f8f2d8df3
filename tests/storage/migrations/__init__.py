"""Rules of `storage/migrations/`."""
