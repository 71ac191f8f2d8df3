"""Rules of `handlers/text/`."""
