"""Discourse: a forum, heard by its latest posts, a search and its webhook, and answered."""
