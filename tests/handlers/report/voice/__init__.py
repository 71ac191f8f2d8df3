"""Tests of what many people say."""
