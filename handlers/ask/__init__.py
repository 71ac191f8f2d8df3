"""Verbs that need no card: questions, and posts that somebody brings in."""
