"""The App Store: what people write about our app in Apple's store, heard and answered."""
