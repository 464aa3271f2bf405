"""How we know that it is right: drive, collect and compare."""
