"""Rules of `bot/net/`."""
