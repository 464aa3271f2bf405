# amaranth: UnusedElaboratable=no

"""Circuits whose synthesis the estimates are fitted to, and random ones that check them."""
