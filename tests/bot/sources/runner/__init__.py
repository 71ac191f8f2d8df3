"""Rules of `bot/sources/runner/`."""
