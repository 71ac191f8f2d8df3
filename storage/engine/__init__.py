"""The database itself: connections, compiled statements, schema, triggers."""
