"""Handlers imported once for all workers of a generation, as the supervisor sees it."""
