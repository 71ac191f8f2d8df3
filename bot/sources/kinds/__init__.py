"""One folder per kind of source; none knows another."""
