"""What scoring is made of: folders of truths, stock engines for comparison, tables."""
