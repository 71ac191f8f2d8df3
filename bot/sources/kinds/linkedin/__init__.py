"""LinkedIn: what is said below the posts of our Page, and posts that mention it, heard and answered."""
