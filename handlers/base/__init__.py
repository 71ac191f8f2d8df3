"""What every handler shares: commands, events, cards, errors, the organisation and its charters."""
