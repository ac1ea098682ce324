"""Tables of the board that all its processes write."""
