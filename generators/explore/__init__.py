"""The Pareto front of a network on a board: ``python -m generators.explore MODEL``."""
