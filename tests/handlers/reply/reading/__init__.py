"""Rules of `handlers/reply/reading/`."""
