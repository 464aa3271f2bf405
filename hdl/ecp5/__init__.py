"""The Lattice ECP5 around the accelerator: clock, host link over a UART, memory on chip."""
