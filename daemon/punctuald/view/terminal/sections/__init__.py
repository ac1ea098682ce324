"""The parts of which `punctuald status`, `punctuald workers` and `punctuald top` are made, from the status document."""
