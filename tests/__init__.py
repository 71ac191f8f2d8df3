"""Tests that prove promises; the tree mirrors the product's."""
