"""Rules of `bot/sources/kinds/wordpress/`."""
