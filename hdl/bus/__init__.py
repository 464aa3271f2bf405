"""The edges of a design."""
