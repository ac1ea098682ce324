"""Wires the pages that the observer serves over HTTP."""
