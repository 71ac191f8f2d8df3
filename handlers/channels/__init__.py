"""Where a mention stands, and who is told in which channel."""
