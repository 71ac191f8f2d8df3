"""Where posts come from: one module per kind, driven by one runner."""
