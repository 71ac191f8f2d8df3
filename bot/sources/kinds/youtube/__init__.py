"""YouTube: comments on our own channel, heard and answered, and videos that are found by a search."""
