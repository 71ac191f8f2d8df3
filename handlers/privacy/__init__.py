"""Privacy: what is kept of people is given to them, or removed: on request, and by age."""
