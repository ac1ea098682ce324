"""Looks after what was left waiting on the reckoning that it would not wait long."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()

LOOK_SECONDS = 0.01
QUIET_LOOKS = 10
"""So many times it looks after it was last armed: what was begun just before that look is found by the next."""


class Watch:
    """A thread of its own from its first `arm` on; calls ``look`` every few milliseconds as long as it is armed.

    Whoever skips waking somebody, because it would cost more than it brings, arms it instead: that is free while it is
    awake, and what was reckoned wrongly is found by the next look. ``on_crash`` is told of a fault of our own: nothing
    would be looked after any more.
    """

    def __init__(self, look: Callable[[], None], on_crash: Callable[[BaseException], None]) -> None:
        self._look = look
        self._on_crash = on_crash
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._called = threading.Event()
        self._stopping = False
        self._awake = False
        self._armed = False

    def arm(self) -> None:
        """Look once more, soon."""
        self._armed = True  # before the question: who falls asleep asks the other way round
        if not self._awake:
            self._wake()

    def stop(self) -> None:
        """End, when the last that it was armed for has been looked after."""
        self._stopping = True
        self._called.set()

    def _wake(self) -> None:
        with self._starting:
            self._awake = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()
        self._called.set()

    def _run(self) -> None:
        try:
            self._look_when_called()
        except BaseException as error:
            log.critical("delivery.thread_crashed", thread="watch", exc_info=error)
            self._on_crash(error)

    def _look_when_called(self) -> None:
        while self._called.wait():
            self._called.clear()
            self._look_until_quiet()
            if self._stopping and not self._armed:
                return

    def _look_until_quiet(self) -> None:
        quiet_looks, never = 0, threading.Event()
        while quiet_looks < QUIET_LOOKS:
            never.wait(LOOK_SECONDS)
            quiet_looks = 0 if self._armed else quiet_looks + 1
            self._armed = False
            self._look()
        self._awake = False
        if self._armed:
            self._called.set()
