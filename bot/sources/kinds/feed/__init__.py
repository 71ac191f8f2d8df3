"""Feeds: RSS, Atom and what calls itself so."""
