"""Rules of `handlers/channels/`."""
