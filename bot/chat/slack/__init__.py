"""Dibs on Slack."""
