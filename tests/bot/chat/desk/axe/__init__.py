"""The checker of accessibility, and how it is installed."""
