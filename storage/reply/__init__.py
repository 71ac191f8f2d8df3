"""Drafts, publications and past replies."""
