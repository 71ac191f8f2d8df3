"""Rules of `bot/sources/kinds/khoros/`."""
