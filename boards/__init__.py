"""What a design must fit on, and how it gets there."""
