"""Rules of `bot/chat/teams/receive/`."""
