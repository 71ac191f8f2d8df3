"""Reading TOML so that a mistake is told with its line and the nearest word that would be right."""
