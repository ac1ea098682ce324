"""Whether this is still the worker's process, known without asking the kernel after each message."""

from __future__ import annotations

import os
from typing import NoReturn


class ThisProcess:
    """``pid`` is right in every fork too, because CPython calls `_forked` in each child that goes on running Python."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self.pid = os.getpid()


this_process = ThisProcess()


def end_fork() -> NoReturn:
    """End this process: it is a fork that a handler made and that returned from the handler, and it must not settle our
    messages a second time."""
    os._exit(0)
