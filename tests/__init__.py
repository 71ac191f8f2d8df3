"""Tests that prove promises; the tree mirrors the product's."""

from bot.runtime.search_path import leave_out_what_is_not_wanted

leave_out_what_is_not_wanted()  # as `dibs run` does, and as much faster
