"""Rules of `bot/sources/kinds/webhook/`."""
