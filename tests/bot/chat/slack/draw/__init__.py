"""Rules of `bot/chat/slack/draw/`."""
