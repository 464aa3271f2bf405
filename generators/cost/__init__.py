"""What circuits cost, as functions of their configurations: estimates, and how far off they are."""
