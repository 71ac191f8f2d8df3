"""Rules of `bot/settings/`."""
