"""What platforms share when they draw forms, cards and texts, and when they answer."""
