"""Figures: what reports say, each by one definition."""
