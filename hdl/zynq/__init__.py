"""The Zynq-7000: its processing system, and what stands between that and a design."""
