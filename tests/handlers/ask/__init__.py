"""Tests of handlers.ask."""
