"""The tables, and the words that stand in their columns."""
