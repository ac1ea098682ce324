"""A thread that looks all the time, from outside, at how far a log is said to be done."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from threading import Event, Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

Look = TypeVar("Look")
END_SECONDS = 30.0


class Watch(ABC, Generic[Look]):
    """``with … as watch: …``; what it saw is in ``looks``. Whoever forks does so before or after."""

    def __init__(self, name: str) -> None:
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name=name, daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(END_SECONDS)

    @abstractmethod
    def look(self) -> Look | None:
        """None where the server is away: it saw nothing."""

    @abstractmethod
    def pause_seconds(self, took_seconds: float) -> float:
        """Until the next look, after one that took so long."""

    def _watch(self) -> None:
        while True:
            last = self._stopped.is_set()  # one more look, at what was written last
            begun_mono = time.monotonic()
            seen = self.look()
            if seen is not None:
                self.looks.append(seen)
            if last:
                return
            self._stopped.wait(max(0.0, self.pause_seconds(time.monotonic() - begun_mono)))
