"""Rules of `bot/sources/kinds/hacker_news/`."""
