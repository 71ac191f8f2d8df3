"""Counting: the ownership log, taken row by row into small tables from which reports are read."""
