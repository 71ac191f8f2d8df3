"""Rules of `bot/sources/kinds/threads/`."""
