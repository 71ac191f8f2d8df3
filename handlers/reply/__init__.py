"""Replies: drafts, reviews, publishing, and the charters that say who may speak."""
