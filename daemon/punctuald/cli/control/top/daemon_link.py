"""Asks the daemon in a thread of its own: one that is slow to answer never keeps the keys waiting."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from punctuald.view.terminal.top.commands import Request

STATUS = Request("status")
PAUSE_SECONDS = 1.0
"""Between two questions: the daemon makes its document once a second."""

_LONGEST_READ = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """``answer``: what the daemon said, None where it said nothing of use; then ``error`` is why, in a line."""

    request: Request
    answer: Mapping[str, Any] | None
    error: str = ""


Ask = Callable[[Request], Answer]
"""Asks and waits, for some seconds at most; does not raise."""


class DaemonLink:
    """Asks for the status each second, and what the person wants as soon as the answer before has come."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        # A daemon thread: whoever leaves does not wait for an answer that may never come.
        self._thread = threading.Thread(target=self._run, name="daemon-link", daemon=True)

    def start(self) -> None:
        """Ask for the status at once."""
        self._requests.put(STATUS)
        self._thread.start()

    def request(self, request: Request) -> None:
        """Ask for it; the answer comes among the others."""
        self._requests.put(request)

    def fileno(self) -> int:
        """Readable when there are answers."""
        return self._reader.fileno()

    def answers(self) -> list[Answer]:
        """All that came since the last call, in their order."""
        with suppress(BlockingIOError):
            self._reader.recv(_LONGEST_READ)
        came: list[Answer] = []
        with suppress(queue.Empty):
            while True:
                came.append(self._answers.get_nowait())
        return came

    def close(self) -> None:
        """Ask nothing more. A question that is under way is left to itself."""
        self._requests.put(None)
        self._reader.close()

    def _run(self) -> None:
        with self._writer, suppress(OSError):  # closed: nobody waits for answers any more
            while (request := self._next()) is not None:
                self._answers.put(self._ask(request))
                self._writer.send(b"\0")
                if request is not STATUS:  # what it came to is to be seen at once
                    self._requests.put(STATUS)

    def _next(self) -> Request | None:
        try:
            return self._requests.get(timeout=PAUSE_SECONDS)
        except queue.Empty:
            return STATUS
