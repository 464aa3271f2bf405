"""Number formats: their values, and how these become bits and come back."""
