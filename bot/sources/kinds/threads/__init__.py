"""Threads: heard by mentions and by what stands below our own posts, and answered in two steps."""
