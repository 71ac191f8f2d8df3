"""Sites where people write in public and Dibs answers."""
