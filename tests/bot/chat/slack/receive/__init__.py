"""Rules of `bot/chat/slack/receive/`."""
