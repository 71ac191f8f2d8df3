"""What is true of text alone: it imports nothing of ours."""
