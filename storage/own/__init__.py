"""Mentions, who owns them, and the log of it."""
