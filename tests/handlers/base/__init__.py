"""Rules of `handlers/base/`."""
