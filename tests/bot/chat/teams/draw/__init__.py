"""Rules of `bot/chat/teams/draw/`."""
