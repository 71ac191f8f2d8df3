"""Tests of handlers.suggest."""
