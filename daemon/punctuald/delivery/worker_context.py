"""What all queues of one worker have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.policy.delivery.miss_cause import NEVER, Span, overlap_seconds
from punctuald.policy.delivery.tiers import Calendar

from .board_ports import CopiesPort, DownstreamPort, DueTablePort, StatsPort
from .hold_budget import HoldBudget
from .lone_runs import LoneRuns
from .worker_illness import WorkerIllness

Jitter = Callable[[], float]
"""A random number from 0 to 1, drawn anew at each call."""


class SourceOutages:
    """When calls to a queue failed, as this worker saw it: for what was late because of it.

    Of each kind of call the last outage. An earlier one is forgotten: what was late by it has mostly been settled then.
    """

    def __init__(self) -> None:
        self._last: dict[int, dict[str, Span]] = {}

    def failed(self, queue: int, call: str, since_mono: float, *, until_mono: float) -> None:
        """Calls of this kind have failed since then, and until then none is made.

        It holds for no longer, for maybe none is made after that either: what it was for may be settled by then.
        """
        self._last.setdefault(queue, {})[call] = Span(since_mono, until_mono)

    def ended(self, queue: int, call: str, now_mono: float) -> None:
        """They succeed again."""
        last = self._last.setdefault(queue, {})
        since_mono, until_mono = last.get(call, NEVER)
        last[call] = Span(since_mono, min(until_mono, now_mono))

    def any_of(self, queue: int) -> bool:
        """Whether any call to the queue ever failed."""
        return queue in self._last

    def seconds(self, queue: int, begin_mono: float, end_mono: float) -> float:
        """For how long between the two the kind of call failed that failed for longest."""
        spans = self._last.get(queue, {}).values()
        return max((overlap_seconds(span, begin_mono, end_mono) for span in spans), default=0.0)


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Made once, before the event loop's first task.

    ``deaths_of`` says how many workers died while they ran the message of that id, ``lone_deaths_of`` how many of them
    ran nothing else: ``poison_deaths`` of these make it poison (0 = there are no suspects). ``sample_gap`` draws how
    many messages pass until the next one has a line in the log. ``short_of_workers`` says when there last were fewer
    workers ready than ordered. ``limited`` takes the lines about what can happen once a message.
    """

    clock: Clock
    stats: StatsPort
    calendar: Calendar
    tier_names: Sequence[str]
    jitter: Jitter
    sample_gap: Callable[[], float]
    deaths_of: Callable[[str], int]
    lone_deaths_of: Callable[[str], int]
    poison_deaths: int
    prefetch_limit: int
    drain_timeout_seconds: float
    holds: HoldBudget
    downstreams: DownstreamPort
    due_table: DueTablePort
    lone_runs: LoneRuns
    limited: LimitedLog
    illness: WorkerIllness = field(default_factory=WorkerIllness)
    source_outages: SourceOutages = field(default_factory=SourceOutages)
    short_of_workers: Callable[[], Span] = lambda: NEVER
    copies: CopiesPort | None = None
