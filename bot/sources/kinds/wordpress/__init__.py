"""WordPress: comments on the company's own blog, heard and answered."""
