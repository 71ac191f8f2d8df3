"""What was done, told: digest, lists, log."""
