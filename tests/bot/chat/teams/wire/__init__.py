"""Rules of `bot/chat/teams/wire/`."""
