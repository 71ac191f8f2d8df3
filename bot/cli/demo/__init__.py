"""The demo: sample mentions of our own writing, and personas to act as."""
