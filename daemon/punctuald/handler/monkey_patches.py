"""Libraries that put their own threads and sockets in the place of Python's, for the whole process."""

from __future__ import annotations

import sys
from typing import Any

_MODULES = ("threading", "thread", "socket", "select")
"""Without these the worker's event loop and its handler threads wait for one another."""


def patched_by() -> str | None:
    """The library that has patched what a worker stands on; None where none did. Asks only what is loaded already."""
    return next((name for name, is_patched in _LIBRARIES.items() if is_patched()), None)


def _gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and any(_says(monkey, "is_module_patched", name) for name in _MODULES)


def _eventlet() -> bool:
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and any(_says(patcher, "is_monkey_patched", name) for name in _MODULES)


def _says(library: Any, question: str, name: str) -> bool:
    ask = getattr(library, question, None)
    return ask is not None and bool(ask(name))


_LIBRARIES = {"gevent": _gevent, "eventlet": _eventlet}
