"""Rules of `bot/toml/`."""
