"""Rules of `bot/sources/kinds/discourse/`."""
