"""From a gesture to one transaction: commands, typed text, reactions and forms."""
