"""Rules of `bot/sources/kinds/lemmy/`."""
