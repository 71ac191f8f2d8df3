"""The documents: which there are, and the regions of them that are made from the code."""
