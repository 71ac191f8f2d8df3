"""Rules of `bot/chat/slack/wire/`."""
