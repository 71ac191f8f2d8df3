"""Rules of `bot/sources/kinds/reddit/`."""
