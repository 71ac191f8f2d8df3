"""Rules of `bot/sources/kinds/app_store/`."""
