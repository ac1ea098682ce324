"""An event loop on virtual time: where asyncio would sleep, the clock is turned instead.

A sleep of an hour takes no real time, and every run with the same input has the same course. Built on asyncio's own
loop, because uvloop does not use an overridden clock.
"""

from __future__ import annotations

import asyncio
import contextvars
import selectors
from collections.abc import Callable
from typing import TypeVarTuple

from punctuald.clock import ManualClock

Arguments = TypeVarTuple("Arguments")


class NothingToWaitForError(RuntimeError):
    """Every task waits for something that can't come any more: on virtual time a deadlock shows at once."""


class TurnsWithoutTimeError(RuntimeError):
    """The loop turned very often and time did not pass: something schedules itself again at once, for ever."""


MOST_TURNS_AT_ONCE = 20_000


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is ``clock.mono()``; threads can't wake it, and it has no use for them.

    ``on_turn`` is called once a turn, when all that was ready has run: invariants can be checked there.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.on_turn: Callable[[], None] = lambda: None
        super().__init__(_TurningSelector(self))
        # A timer counts as due when its moment is this near. asyncio's own value is smaller than the step between two
        # floats of a year in seconds: the timer would not be due, no time would be left to pass, and the loop would
        # spin for ever.
        self._clock_resolution = 1e-7

    def time(self) -> float:
        """The clock's time."""
        return self._clock.mono()

    def pass_time(self, seconds: float | None) -> None:
        """Nothing is ready, and the next timer is due in ``seconds``; None = there is none. Turns the clock."""
        if seconds is None:
            raise NothingToWaitForError("no timer is set and nothing is ready: all tasks wait for one another")
        self._clock.advance(seconds)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """As in asyncio, but never due before time has passed: a wait until 50 ns from now would make the loop spin."""
        return super().call_at(max(when, self.time() + 2 * self._clock_resolution), callback, *args, context=context)

    def scheduled(self) -> list[Callable[..., object]]:
        """What the timers that are still set would call."""
        handles: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]  # asyncio keeps them to itself
        return [handle._callback for handle in handles if not handle.cancelled()]  # type: ignore[attr-defined]


class _TurningSelector(selectors.SelectSelector):
    """Never blocks: when no file is ready the loop passes the time that it was to wait."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop
        self._turns_at_once = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.on_turn()
        ready = super().select(0)
        self._turns_at_once = 0 if timeout else self._turns_at_once + 1
        if self._turns_at_once > MOST_TURNS_AT_ONCE:
            self._turns_at_once = 0  # counts anew: the loop must still turn while what is left is cancelled
            raise TurnsWithoutTimeError
        if not ready and timeout != 0:
            self._loop.pass_time(timeout)
        return ready
