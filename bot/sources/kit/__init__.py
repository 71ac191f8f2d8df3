"""What kinds share: their options, their tools, and ways to read JSON, HTML and dates."""
