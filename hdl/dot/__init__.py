"""Dot products: sums over lanes of one product each, stateless and pipelined."""
