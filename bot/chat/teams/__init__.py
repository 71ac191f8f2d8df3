"""Microsoft Teams: cards, forms, commands and reactions through the Bot Framework."""
