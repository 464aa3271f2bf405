"""Quantizers: what leaves the array."""
