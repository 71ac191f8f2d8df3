"""Rules of `bot/sources/kinds/google_play/`."""
