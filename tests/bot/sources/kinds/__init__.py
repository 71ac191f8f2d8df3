"""Rules of `bot/sources/kinds/`."""
