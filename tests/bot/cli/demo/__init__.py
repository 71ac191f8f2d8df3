"""Rules of `bot/cli/demo/`."""
