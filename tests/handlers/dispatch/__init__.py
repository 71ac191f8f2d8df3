"""Rules of `handlers/dispatch/`."""
