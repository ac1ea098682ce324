"""The work in parts: what has a threshold, and all that is tighter."""
