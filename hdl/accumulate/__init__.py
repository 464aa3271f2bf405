"""What happens to partial sums."""
