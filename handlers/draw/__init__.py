"""What people see of mentions as they stand now: cards, the board, and notices that were written earlier."""
