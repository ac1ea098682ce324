"""The figures of one interval: everything that the rows of all boards counted since the last interval was logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from punctuald.model import REQUEST_COUNTERS, Backlog, Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.delivery.priority import Priority

from .histogram import Histogram


@dataclass(frozen=True, slots=True)
class TierFigures:
    """Messages of one queue and tier that were handled and acknowledged in the interval, and those in hand now.

    ``missed`` is the sum of ``missed_by``. ``overdue``: messages that some worker has in hand now, waiting, held,
    running or being settled, past their deadline; ``worst_overdue_seconds`` is how long the first of their deadlines is
    past. ``stages`` has a histogram for each stage, EMPTY where nothing was counted; its ``max_us`` is the upper edge
    of its highest cell, or the longest since the start where that is less.
    """

    queue: str
    tier: str
    threshold_seconds: float
    met: int
    missed_by: Mapping[MissCause, int]
    stages: Mapping[Stage, Histogram]
    overdue: int = 0
    worst_overdue_seconds: float = 0.0

    @property
    def missed(self) -> int:
        """Messages that were acknowledged after their deadline."""
        return sum(self.missed_by.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not (self.met or self.missed or any(histogram.cells for histogram in self.stages.values()))


@dataclass(frozen=True, slots=True)
class Slowest:
    """The slowest run of a handler that ended in the interval."""

    message_id: str
    seconds: float


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """What was counted of one queue in the interval, whatever the tier.

    ``counts``: as in the snapshot. ``duplicates_by``: copies that came, or may run, beside the first one, by what made
    them: ``copy_in_flight``, ``lease_lost``, ``worker_died``, ``other_region``. ``errors``: by kind (the exception's
    type, and where it was raised), the ten commonest, the commonest first; ``other_errors`` are the rest. ``started``:
    messages that were given to a handler, by how urgent they were then. ``backlog`` is None where it is not known.
    """

    queue: str
    counts: Mapping[Metric, int]
    duplicates_by: Mapping[str, int]
    errors: Mapping[str, int]
    other_errors: int
    started: Mapping[Priority, int]
    slowest: Slowest | None = None
    backlog: Backlog | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted, and nothing is known to be in the queue."""
        is_known = self.backlog is not None and self.backlog.total > 0
        return not (any(self.counts.values()) or self.errors or self.other_errors or is_known)

    @property
    def arrivals(self) -> int:
        """Messages that were received for the first time."""
        return self.counts[Metric.RECEIVED] - self.counts[Metric.REDELIVERED]

    @property
    def requests(self) -> int:
        """Calls made to the source, the autoscaler's included."""
        return sum(self.counts[metric] for metric in REQUEST_COUNTERS)


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What waits at the source of one queue, and totals since the daemon began: messages received, and receives that
    brought none. Cheap enough to be read each second."""

    queue: str
    received: int
    receives_empty: int
    backlog: Backlog | None = None


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """The autoscaler's last decision; ``reason`` as in ``scale.decision``, and ``caps`` by guard,
    those that limited nothing left out. ``head_age_seconds``: how old the oldest message that waits at any source is,
    0 where none does, None where it is not known. ``short_seconds``: for how long fewer workers have been ready than
    there should be; 0 = there are as many."""

    workers: int
    reason: str
    caps: Mapping[str, int]
    head_age_seconds: float | None
    short_seconds: float


@dataclass(frozen=True, slots=True)
class Interval:
    """All figures of one interval. ``tiers`` has those queues and tiers that counted anything or have messages overdue;
    ``queues`` those where anything was counted, or something waits at the source, in the configuration's order. It ends
    at ``read_mono``."""

    tiers: tuple[TierFigures, ...] = ()
    queues: tuple[QueueFigures, ...] = ()
    workers_ready: int = 0
    busy_slots: int = 0
    decision: DecisionFigures | None = None  # None: no autoscaler decided anything yet
    read_mono: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one queue and tier stands: totals since the daemon began, and what is in hand past its deadline now. Cheap
    enough to be read each second."""

    queue: str
    tier: str
    threshold_seconds: float
    met: int
    missed_by: Mapping[MissCause, int] = field(default_factory=dict)
    overdue: int = 0
    worst_overdue_seconds: float = 0.0

    @property
    def missed(self) -> int:
        """Messages that were acknowledged after their deadline."""
        return sum(self.missed_by.values())
