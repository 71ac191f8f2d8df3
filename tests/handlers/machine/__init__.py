"""A machine that plays random days: a model of the rules, the days themselves, and the log replayed alone."""
