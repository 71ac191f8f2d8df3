"""Google reviews: what people write about our places in Google Maps and Search, heard and answered."""
