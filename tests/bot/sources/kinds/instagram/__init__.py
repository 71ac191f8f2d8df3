"""Rules of `bot/sources/kinds/instagram/`."""
