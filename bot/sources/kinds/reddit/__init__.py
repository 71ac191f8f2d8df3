"""Reddit: heard by search, subreddit and mentions, and answered."""
