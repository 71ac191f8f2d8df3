"""The index of words over all mentions, and how it is kept."""
