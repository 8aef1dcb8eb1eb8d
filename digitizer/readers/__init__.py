"""Recognition engines, one a file, imported lazily by those who use them."""
