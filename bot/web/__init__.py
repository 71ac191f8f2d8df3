"""The HTTP front: sizes, routes, hooks, health and metrics."""
