"""Rules of `bot/sources/kinds/feed/`."""
