"""Requests of the JSON protocols, written and signed, and their answers read."""
