"""Hacker News: heard by search; people reply there by hand."""
