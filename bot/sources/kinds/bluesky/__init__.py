"""Bluesky: heard by search, notifications and Jetstream, and answered."""
