"""Neutral cards, forms and notices as Slack's blocks."""
