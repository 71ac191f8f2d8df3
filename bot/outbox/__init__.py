"""All that goes out: messages into channels, and replies into public."""
