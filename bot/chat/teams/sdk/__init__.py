"""Microsoft's SDK behind one wall: the only place that imports it."""
