"""Commands of the terminal in groups, as Typer knows them; each imports what it needs when it runs."""
