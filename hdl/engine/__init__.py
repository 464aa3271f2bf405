"""One array for all layers of a network, one pass after the other."""
