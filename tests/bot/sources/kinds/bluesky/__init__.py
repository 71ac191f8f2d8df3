"""Rules of `bot/sources/kinds/bluesky/`."""
