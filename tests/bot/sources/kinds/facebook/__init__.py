"""Rules of `bot/sources/kinds/facebook/`."""
