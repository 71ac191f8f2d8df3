"""Rules of `bot/sources/kinds/youtube/`."""
