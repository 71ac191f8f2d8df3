"""dibs.toml and the environment, read once into values that everything else takes as arguments."""
