"""Parts that move streams of lanes without changing their values."""
