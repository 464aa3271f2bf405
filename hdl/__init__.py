"""Circuits: Amaranth components that know no network, no simulator and no board."""
