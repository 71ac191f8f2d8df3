"""Rules of `bot/sources/kinds/x/`."""
