"""Rules of `storage/channels/`."""
