"""Rules of `bot/sources/kinds/github/`."""
