"""The limits of all queues of one worker: what the supervisor says of each, and what the worker keeps to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from punctuald.clock import Clock
from punctuald.model import LimitGauges
from punctuald.policy.limits.division import Part
from punctuald.policy.limits.queue_limits import QueueLimits, limited_as

from .held_part import HeldPart
from .start_limit import StartLimit


class OnTaken(Protocol):
    """Hears what this worker keeps to from now on, where the supervisor's last word had that number."""

    def __call__(self, queue: str, number: int, part: Part) -> None: ...


class LimitsOfWorker:
    """``limits`` by queue; of one in several regions each has the same, and they share a part under its own name.

    What runs beyond a part that was made smaller is still held, until it has ended: ``on_taken`` is called whenever
    less is held. ``say`` puts a queue's gauges where others see them.
    """

    def __init__(
        self,
        clock: Clock,
        limits: Mapping[str, QueueLimits],
        on_taken: OnTaken,
        say: Callable[[str, LimitGauges], None],
    ) -> None:
        self._parts = {limited_as(queue): HeldPart(clock, limited_as(queue), each) for queue, each in limits.items()}
        self._limits = {queue: StartLimit(self._parts[limited_as(queue)]) for queue in limits}
        self._on_taken = on_taken
        self._say = say
        self._taken: dict[str, tuple[int, Part]] = {}
        for queue, limit in self._limits.items():
            limit.on_running = partial(self._ran, queue)

    def of(self, queue: str) -> StartLimit:
        """The limit of ``queue``."""
        return self._limits[queue]

    def look(self) -> None:
        """To be called each second: what waits changes by itself."""
        for queue in self._limits:
            self._show(queue)

    def pause(self, queue: str) -> None:
        """Start nothing more of it, and ask for nothing. One that this worker does not drain is none of its business:
        it belongs to settings that came after it."""
        if queue in self._limits:
            self._limits[queue].pause()
            self._show(queue)

    def resume(self, queue: str) -> None:
        """The end of a pause."""
        if queue in self._limits:
            self._limits[queue].resume()
            self._show(queue)

    def take(self, queue: str, number: int, part: Part) -> None:
        """That is this worker's part from now on; the supervisor's word has that ``number``."""
        if queue in self._parts:
            self._parts[queue].take(part)
            self._taken[queue] = number, self._held(queue)
            self._on_taken(queue, *self._taken[queue])

    def _ran(self, queue: str) -> None:
        self._show(queue)
        whole = limited_as(queue)
        if whole in self._taken:
            number, before = self._taken[whole]
            held = self._held(whole)
            if held != before:
                self._taken[whole] = number, held
                self._on_taken(whole, number, held)

    def _held(self, queue: str) -> Part:
        part, running = self._parts[queue].part, self._parts[queue].running
        return part if part.concurrency is None else replace(part, concurrency=max(part.concurrency, running))

    def _show(self, queue: str) -> None:
        self._say(queue, self._limits[queue].gauges)
