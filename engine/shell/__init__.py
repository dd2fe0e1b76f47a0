"""The simulated shell: parsing, expansion, execution, and how programs are found and started."""
