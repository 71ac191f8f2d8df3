"""Messages, the lanes in which they wait, and the rooms of Teams."""
