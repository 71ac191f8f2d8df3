"""Lemmy: what is posted and said in its communities, heard and answered from one account of one instance."""
