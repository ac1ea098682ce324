"""Whether a tier keeps its objective now, and what is said of it: windows, violations, who is to blame."""
