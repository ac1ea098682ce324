"""What all queues of one worker have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from punctuald.clock import Clock
from punctuald.policy.delivery.tiers import Calendar

from .board_ports import DownstreamPort, DueTablePort, StatsPort
from .hold_budget import HoldBudget
from .lone_runs import LoneRuns
from .worker_illness import WorkerIllness

Jitter = Callable[[], float]
"""A random number from 0 to 1, drawn anew at each call."""


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Made once, before the event loop's first task.

    ``deaths_of`` says how many workers died while they ran the message of that id, ``lone_deaths_of`` how many of them
    ran nothing else: ``poison_deaths`` of these make it poison (0 = there are no suspects). ``sample_gap`` draws how
    many messages pass until the next one has a line in the log.
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
    illness: WorkerIllness = field(default_factory=WorkerIllness)
