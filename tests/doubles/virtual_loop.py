"""An event loop on virtual time: where asyncio would sleep, the clock is turned instead.

What sleeps an hour takes no time, and every run with the same input goes the same way. asyncio's own loop in Python,
because uvloop does not ask an overridden clock.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from punctuald.clock import ManualClock

Result = TypeVar("Result")


class NothingToWaitForError(RuntimeError):
    """Every task waits for something that can't come any more: on virtual time a deadlock shows at once."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is ``clock.mono()``; threads can't wake it, and it has no use for them."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        super().__init__(_TurningSelector(clock))
        # A timer is due within this of its moment. asyncio's own value is below a float's step at a year's seconds, and
        # a loop that neither finds its timer due nor has time left to pass spins for ever.
        self._clock_resolution = 1e-7

    def time(self) -> float:
        """The clock's time."""
        return self._clock.mono()


class _TurningSelector(selectors.SelectSelector):
    """Never blocks: when no file is ready it turns the clock by the time that it was to wait."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise NothingToWaitForError("no timer is set and nothing is ready: all tasks wait for one another")
        if not ready and timeout:
            self._clock.advance(timeout)
        return ready


def run(coroutine: Coroutine[Any, Any, Result], clock: ManualClock) -> Result:
    """Run ``coroutine`` to its end on a `VirtualLoop` of its own; tasks that it leaves are cancelled."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(coroutine)


def on_virtual_time(test: Callable[[ManualClock], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Make a test function of a coroutine that is given the clock of the loop that it runs on."""

    @functools.wraps(test)
    def run_it() -> None:
        clock = ManualClock()
        run(test(clock), clock)

    del run_it.__wrapped__  # pytest would take its parameter for a fixture
    return run_it
