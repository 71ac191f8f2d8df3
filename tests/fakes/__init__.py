"""Servers that stand in for what is out of reach, and refuse what the real ones refuse."""
