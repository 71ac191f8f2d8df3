"""Webhooks: posts that others push to us, signed."""
