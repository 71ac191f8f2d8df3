"""What a person reads before a draft goes out: checks, past replies, and the forms that show them."""
