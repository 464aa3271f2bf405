"""What circuits take by synthesis, beside what is estimated: constants are fitted, errors kept."""
