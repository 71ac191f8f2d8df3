"""Rules of `bot/sources/kinds/mastodon/`."""
