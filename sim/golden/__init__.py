"""What the hardware must compute: the mathematics, in numpy only."""
