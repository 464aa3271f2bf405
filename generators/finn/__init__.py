"""Streaming dataflow: every layer is a circuit of its own, and frames flow through all of them."""
