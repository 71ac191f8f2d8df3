"""Commands of the terminal that are more than a line, and what they print."""
