"""The limits of all queues of one worker: what the supervisor says of each, and what the worker keeps to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from punctuald.clock import Clock
from punctuald.model import LimitGauges
from punctuald.policy.limits.division import Part
from punctuald.policy.limits.queue_limits import QueueLimits

from .start_limit import StartLimit


class OnTaken(Protocol):
    """Hears what this worker keeps to from now on, where the supervisor's last word had that number."""

    def __call__(self, queue: str, number: int, part: Part) -> None: ...


class LimitsOfWorker:
    """By the names that the supervisor uses.

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
        self._limits = {name: StartLimit(clock, name, each) for name, each in limits.items()}
        self._on_taken = on_taken
        self._say = say
        self._taken: dict[str, tuple[int, Part]] = {}
        for name, limit in self._limits.items():
            limit.on_running = partial(self._ran, name)

    def of(self, queue: str) -> StartLimit:
        """The limit of ``queue``."""
        return self._limits[queue]

    def look(self) -> None:
        """To be called each second: what waits changes by itself."""
        for name in self._limits:
            self._show(name)

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
        if queue in self._limits:
            self._limits[queue].take(part)
            self._taken[queue] = number, self._held(queue)
            self._on_taken(queue, *self._taken[queue])
            self._show(queue)

    def _ran(self, queue: str) -> None:
        self._show(queue)
        if queue in self._taken:
            number, before = self._taken[queue]
            held = self._held(queue)
            if held != before:
                self._taken[queue] = number, held
                self._on_taken(queue, number, held)

    def _held(self, queue: str) -> Part:
        limit = self._limits[queue]
        part = limit.part
        return part if part.concurrency is None else replace(part, concurrency=max(part.concurrency, limit.running))

    def _show(self, queue: str) -> None:
        limit = self._limits[queue]
        self._say(queue, LimitGauges(limit.running, limit.all_waiting, limit.paused))
