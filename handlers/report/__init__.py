"""What was done, told: lines, digest, log, sources."""
