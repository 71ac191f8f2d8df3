"""Google Play: what people write about our app in its store, heard and answered."""
