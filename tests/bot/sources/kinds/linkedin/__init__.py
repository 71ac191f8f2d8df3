"""Rules of `bot/sources/kinds/linkedin/`."""
