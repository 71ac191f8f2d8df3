"""Talking to strangers' servers: guarded, bounded, polite."""
