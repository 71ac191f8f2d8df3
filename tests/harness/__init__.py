"""What tests stand on: databases, scenes, workers, browsers."""
