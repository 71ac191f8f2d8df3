"""Rules of `bot/cli/`."""
