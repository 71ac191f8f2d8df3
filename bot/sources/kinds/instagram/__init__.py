"""Instagram: heard by the comments below our own media and by @mentions, and answered with a comment."""
