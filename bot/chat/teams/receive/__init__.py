"""What people do on Teams becomes commands, and their answers go back."""
