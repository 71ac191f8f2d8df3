"""GitHub: issues, their comments, and discussions; searches; replies."""
