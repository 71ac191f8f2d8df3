"""What a running process needs under everything: clock, database, timetable, lock, logs."""
