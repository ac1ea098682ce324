"""Finds and calls the user's code."""

from .invoke import Handler
from .load import load_handler

__all__ = ["Handler", "load_handler"]
