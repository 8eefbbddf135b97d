"""Tools' parameters as other people write them, read once."""
