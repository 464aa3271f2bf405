"""What a circuit takes: synthesis by yosys, resources and static time of its netlist."""
