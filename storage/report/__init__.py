"""Reports: what is kept of the ownership log for them, and what they ask."""
