"""Where employees work: one folder per platform, each drawing neutral cards and turning gestures into commands."""
