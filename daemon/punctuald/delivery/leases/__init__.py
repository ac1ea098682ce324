"""Keeping what is in flight hidden from other consumers."""
