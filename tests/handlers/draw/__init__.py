"""Tests of handlers.draw."""
