"""Khoros (Lithium): the posts of a company's community, heard and answered."""
