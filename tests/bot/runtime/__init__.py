"""Rules of `bot/runtime/`."""
