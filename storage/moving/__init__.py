"""Moving: all that an SQLite file remembers goes into an empty PostgreSQL, row by row, and is compared at the end."""
