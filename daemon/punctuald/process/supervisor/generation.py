"""One set of settings in force, and how its processes are made. A reload makes the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.pool.fleet import FleetRules
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.zygote.line import ZygotesEnd
from punctuald.stats.board.board import Board

from .children import Closable

ChildMain = Callable[[ChildEnd], int]
"""What a child runs; its result is the exit status."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The settings' number and everything the supervisor needs of them."""

    number: int
    rules: FleetRules
    min_workers: int
    max_workers: int
    board: Board
    boards: tuple[Board, ...]  # of this generation and of older ones, whose workers may still be finishing
    worker_main: Callable[[int], ChildMain]  # by worker index
    autoscaler_main: Callable[[int], ChildMain]  # by the number of workers that are wanted at its start
    observer_main: Callable[[], ChildMain]
    apply_logging: Callable[[], None]  # sets the supervisor's own log up as these settings say
    zygote_main: Callable[[ZygotesEnd], int] | None = (
        None  # where handlers are imported once, before workers are forked
    )
    limits: Mapping[str, QueueLimits] = field(default_factory=dict)  # by queue, all regions of one together
    listeners: tuple[Closable, ...] = ()  # descriptors that the observer keeps open, and all other children close

    def bounded(self, workers: int) -> int:
        """The number of workers nearest to ``workers`` that these settings allow."""
        return max(self.min_workers, min(self.max_workers, workers))


BuildGeneration = Callable[[int, "Generation | None"], Generation]
"""Reads the configuration afresh and makes generation n; raises `ConfigurationError`."""

ReportStatistics = Callable[[Generation, str], None]
"""Logs the merged board under the given event's name."""
