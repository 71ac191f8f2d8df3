"""Rules of `bot/outbox/`."""
