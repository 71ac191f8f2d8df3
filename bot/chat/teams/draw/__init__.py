"""Neutral cards, forms and notices as Adaptive Cards."""
