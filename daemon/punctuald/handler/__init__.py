"""Finds and calls the user's code."""

from .invoke import CoroutineHandler, Handler
from .load import handler_of, load_handler

__all__ = ["CoroutineHandler", "Handler", "handler_of", "load_handler"]
