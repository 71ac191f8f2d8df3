"""Tests of handlers.report."""
