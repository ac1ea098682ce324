"""What a dispatcher knows of one queue: its handler, how that spends its time, and how much may start."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.policy.delivery.micro_batch import CpuUse, length, most_at_once
from punctuald.policy.delivery.service_times import ServiceTimes

OnFinished = Callable[[Sequence[InFlight]], None]
"""Called with messages of one queue whose handlers have ended, each with its outcome."""


class QueueState:
    """``at_once``: micro-batches that run."""

    __slots__ = ("_used_seconds", "at_once", "batch_size", "cpu_use", "limit", "on_finished", "region", "service_times")

    def __init__(self, options: QueueOptions, on_finished: OnFinished, service_times: ServiceTimes) -> None:
        self.batch_size = options.batch_size
        self.region = options.region
        self.limit = options.limit
        self.on_finished = on_finished
        self.service_times = service_times
        self.cpu_use = CpuUse()
        self.at_once = 0
        self._used_seconds = 0.0

    def used_seconds(self) -> float:
        """For how long its messages have had handlers, all of them together; of those that run the mean."""
        return self._used_seconds + self.at_once * (self.service_times.mean_seconds or 0.0)

    def may_start(self, slots: int, now_mono: float) -> bool:
        """Whether a micro-batch of it may begin."""
        if self.limit is not None and self.limit.is_apart and self.limit.startable() <= 0:
            return False
        if self.region is not None and self.places_left(slots, now_mono) <= 0:
            return False
        return self.at_once < most_at_once(self.cpu_use, slots)

    def places_left(self, slots: int, now_mono: float) -> int:
        """How many more handlers may be at its messages: those of a region that catches up wait for others'."""
        most = slots if self.region is None else self.region.most_slots(slots, now_mono)
        left = most - self.at_once
        return left if self.limit is None or not self.limit.is_apart else min(left, self.limit.startable())

    def length(self, ready: int, idle: int) -> int:
        """How many of those that are ``ready`` one handler thread gets at once, where so many are ``idle``."""
        if self.batch_size > 1:
            return self.batch_size if self.limit is None else self.limit.in_one_call(self.batch_size)
        if self.limit is not None and self.limit.starts_one_by_one:
            return 1
        return length(self.service_times.mean_seconds, self.cpu_use, ready, idle)

    def began(self, messages: int) -> None:
        """A micro-batch begins. Messages of it that are not for one call run one after the other."""
        self.at_once += 1
        if self.limit is not None:
            self.limit.started(messages if self.batch_size > 1 else 1)

    def began_alone(self) -> None:
        """A suspect begins, with nothing beside it."""
        self.at_once += 1
        if self.limit is not None:
            self.limit.started_early()

    def ended(self, messages: int, seconds: float) -> None:
        """A micro-batch of so many messages is over, which took so long."""
        self.at_once -= 1
        self._used_seconds += seconds
        if self.limit is not None:
            self.limit.ended(messages if self.batch_size > 1 else 1)
