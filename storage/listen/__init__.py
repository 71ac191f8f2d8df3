"""Posts, and the state of the sources that showed them."""
