"""Microsoft Teams: what is drawn, what is heard, and the wall in front of it."""
