"""The network: its records, how it is read and written, checked and run."""
