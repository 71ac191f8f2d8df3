"""What becomes of a reply once it was sent: each step, and what is written down."""
