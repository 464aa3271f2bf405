"""Arrays: who holds what still."""
