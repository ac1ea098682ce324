"""Finds and calls the user's code."""

from .hooks import Hook, ModuleHooks, load_hooks
from .invoke import CoroutineHandler, Handler
from .load import handler_of, load_handler

__all__ = ["CoroutineHandler", "Handler", "Hook", "ModuleHooks", "handler_of", "load_handler", "load_hooks"]
