"""A Facebook Page: comments, posts of visitors and mentions, heard by a webhook and by polls, and answered."""
