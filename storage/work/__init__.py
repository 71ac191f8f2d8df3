"""What was done once: slots of timed jobs, gestures seen, and incidents told."""
