"""How text is compared: folded, spelt alike, and cut into words. Pure: it knows no table and no database."""
