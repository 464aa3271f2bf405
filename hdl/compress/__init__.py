"""Bit heaps, and the trees of full adders that reduce them."""
