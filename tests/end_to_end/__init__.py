"""End to end: the bot as a real process between a feed of ours and a Slack of ours."""
