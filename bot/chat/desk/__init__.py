"""Dibs as a web page: the platform of the demo, and the place for the log and the reports."""
