"""One systolic array that all layers share, one after the other."""
