"""Rules of `bot/chat/teams/sdk/`."""
