"""The child that does the work: one event loop that owns everything but the handlers' threads."""
