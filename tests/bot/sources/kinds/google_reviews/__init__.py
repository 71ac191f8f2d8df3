"""Rules of `bot/sources/kinds/google_reviews/`."""
