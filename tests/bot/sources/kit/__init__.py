"""Rules of `bot/sources/kit/`."""
