"""Voice: what many people say, counted in people: what is said more than usual, and what colleagues named."""
