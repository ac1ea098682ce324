"""Keeping what is in hand hidden from other consumers."""
