"""X: heard by the mentions of our account and by a search that is paid for, and answered where we were spoken to."""
