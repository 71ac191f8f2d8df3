"""Tests of Dibs on Slack."""
