"""The composition root: the only place that builds objects and wires them to each other."""

from .daemon import run_daemon

__all__ = ["run_daemon"]
