"""Finds and calls the user's code."""

from .invoke import CoroutineHandler, Handler
from .load import load_handler

__all__ = ["CoroutineHandler", "Handler", "load_handler"]
