"""Rules of `handlers/people/`."""
