"""What people do on Slack becomes commands, and their answers go back."""
