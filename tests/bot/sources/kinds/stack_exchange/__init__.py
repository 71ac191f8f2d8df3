"""Rules of `bot/sources/kinds/stack_exchange/`."""
