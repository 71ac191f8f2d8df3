"""Mastodon: heard by hashtag, search, notifications and stream, and answered."""
