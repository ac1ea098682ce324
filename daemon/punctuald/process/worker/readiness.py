"""From when on a worker is of use, and of which queues it can have messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from punctuald.clock import Clock
from punctuald.errors import HandlerUnavailable, SourceError, SourceMisconfigured
from punctuald.process.channel.frames import Available, Misconfigured, Ready, Unavailable
from punctuald.stats.board.row_writer import RowWriter

from .supervisor_line import SupervisorLine

ALL_QUEUES_SECONDS = 2.0
"""A worker whose one queue is silent is ready on the others after this long."""

MOST_NAMED = 8
"""Refusals of queues in one text."""


class Readiness:
    """Ready is not alive: it means a good answer to a receive, of every queue that is not known to be unavailable.

    Queues are independent: one that is refused costs the others nothing. Only where all are refused before any
    answered, so that nothing here is of use, the supervisor hears that a person has to mend it.
    A worker that leaves never becomes ready, whatever the polls that it has under way still bring.
    """

    def __init__(
        self, queues: Sequence[str], stats: RowWriter, line: SupervisorLine, clock: Clock, forked_mono: float
    ) -> None:
        self._queues = queues
        self._stats = stats
        self._line = line
        self._clock = clock
        self._forked_mono = forked_mono
        self._answered: set[str] = set()
        self._unavailable: dict[str, SourceError | HandlerUnavailable] = {}
        self._starting: set[str] = set()
        self._begun: set[str] = set()
        self._first_answer_mono: float | None = None
        self._is_refused = False
        self._is_leaving = False
        self._when_ready: Callable[[], None] = lambda: None
        self.is_ready = False

    def when_ready(self, call: Callable[[], None]) -> None:
        """Have ``call`` called once, at the moment in which it becomes ready."""
        self._when_ready = call

    @property
    def unavailable(self) -> list[str]:
        """The queues that messages can't be had of just now."""
        return sorted(self._unavailable)

    def available(self, queue: str) -> None:
        """It answered for the first time, or after it was unavailable."""
        self._answered.add(queue)
        if self._unavailable.pop(queue, None) is not None:
            self._line.send(Available(queue))
        self._say_received()
        self._first_answer_mono = self._first_answer_mono or self._clock.mono()
        self.look()

    def await_start(self, queues: Collection[str]) -> None:
        """Be ready only once these have begun, or are known to be unavailable: their handlers' module starts."""
        self._starting.update(queues)

    def begin(self, queues: Collection[str]) -> None:
        """These are received from now on; those that were silent so far have their time to answer."""
        self._begun.update(queues)
        self._say_received()
        if self._starting.intersection(queues):
            self._starting.difference_update(queues)
            self._first_answer_mono = self._first_answer_mono and self._clock.mono()

    def became_unavailable(self, queue: str, error: SourceError | HandlerUnavailable) -> None:
        """Its receives fail, or are refused; or its handlers' module can't start."""
        self._starting.discard(queue)
        self._unavailable[queue] = error
        self._say_received()
        self._line.send(Unavailable(queue, str(error), isinstance(error, SourceMisconfigured)))
        self._look_for_refusal()
        self.look()

    def leave(self) -> None:
        """The worker takes no more messages: it counts as capacity no longer, or never will."""
        self._is_leaving = True
        self._say_received()
        self._stats.leaving()

    def look(self) -> None:
        """Say that it is ready, once, as soon as it is."""
        if self.is_ready or self._is_leaving or self._starting or self._first_answer_mono is None:
            return
        now_mono = self._clock.mono()
        known = self._answered.union(self._unavailable)
        if len(known) == len(self._queues) or now_mono - self._first_answer_mono > ALL_QUEUES_SECONDS:
            self.is_ready = True
            start_seconds = now_mono - self._forked_mono
            self._stats.ready(now_mono, start_seconds)
            self._line.send(Ready(start_seconds))
            self._when_ready()

    def _say_received(self) -> None:
        """A part of a queue's limits is of no use to a worker that can have no messages of it."""
        for index, queue in enumerate(self._queues):
            receives = queue in self._begun and queue not in self._unavailable and not self._is_leaving
            self._stats.receives(index, yes=receives)

    def _look_for_refusal(self) -> None:
        """Once: whether this worker, which was never of use, can't become so either."""
        refusals = [error for error in self._unavailable.values() if isinstance(error, SourceMisconfigured)]
        if not self._answered and not self._is_refused and len(refusals) == len(self._queues):
            self._is_refused = True
            self._line.send(Misconfigured(_some(refusals)))


def _some(refusals: Sequence[SourceError]) -> str:
    """The first of them, as one text: 256 queues may all be refused."""
    more = len(refusals) - MOST_NAMED
    return "; ".join([*map(str, refusals[:MOST_NAMED]), *([f"and {more} more queues"] if more > 0 else [])])
