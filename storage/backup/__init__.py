"""Backups: all that a database remembers in one file, taken while Dibs runs, and put back into an empty database."""
