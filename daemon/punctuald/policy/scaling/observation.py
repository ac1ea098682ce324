"""What the autoscaler knows at one moment: the whole input of a scaling decision, so that any can be replayed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from punctuald.model import Backlog

from .failures import Outcomes

FULL_SHARE = 0.9  # a slot is «idle» for the moment between two messages too: of 32 busy ones, some always are

ASSUMED_START_SECONDS = 0.25
"""From a worker's fork to its first receive, until one was measured: 0.05 s, and as a guess a handler's imports."""

NO_OUTCOMES = Outcomes()


@dataclass(frozen=True, slots=True)
class WorkerSize:
    """What one worker takes: memory that nobody else shares, and its threads. None = not known."""

    own_bytes: int | None = None
    tasks: int | None = None


@dataclass(frozen=True, slots=True)
class PinnedWork:
    """Arrivals of messages that have this threshold by a tier that they name, or their queue, and not by the clock."""

    threshold_seconds: float
    arrivals: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class QueueHead:
    """One of several queues: messages that ever came from it for the first time, each counted when it is due, and when
    the newest of them was sent, or due. ``threshold_seconds``: of the tier that it names; None: its messages go by the
    clock."""

    threshold_seconds: float | None
    received: int
    newest_sent_utc: float | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at the board, the queues and the machine, over all queues together. None = not known, never zero.

    - ``now_utc``, ``arrivals``, ``newest_sent_utc``: the broker's clock, so that ages are true.
    - ``workers_ordered``: the last target; counts those that are still starting. ``workers_ready``: take messages, so
      neither those that start nor those that drain; ``busy_slots`` are theirs.
    - ``slots_per_worker``: those that what runs lately can use at the same time; a function can't use a coroutine's.
      ``busy_share``: of the slots of the kind that is busier; None = of all.
    - ``arrivals``: (second of sending, messages sent in it that we received for the first time), oldest first. Where a
      message is due later than it was sent (a delay, a due time), that second counts, here and below: nobody could have
      run it before.
    - ``newest_sent_utc``: when the newest message received for the first time was sent.
    - ``mean_service_seconds``: of messages finished in the last minute; until one is, of all that the board has seen.
    - ``service_p995_seconds``: 99.5 % of those finished in the last ten minutes took no longer until acknowledged.
    - ``outcomes``: of the handlers of the last ten seconds, ``latest_outcomes`` of three; of longer where few ended.
    - ``groups_seen``: message groups received from in the last minute, where every queue is ordered.
    - ``partitions``: of the topic that has most, where nothing else is drained: a partition is one worker's.
    - ``limited_workers``: of queues with limits, how many workers have the handler slots that their messages can use as
      far as the limits let them; ``limited_arrivals``: theirs, which ask for no worker. Arrivals, service times and
      backlog are without these queues, and the backlog without those that are paused.
    - ``backlog``: what the source says of its length, stale as that may be; its delayed messages ask for no worker.
      ``hosts``: daemons that work it off together, this one included; what is received, and so the arrivals, is each
      one's own.
    - ``threshold_seconds``: of the tightest tier in force; ``next_threshold_seconds``: after ``seconds_to_next_edge``.
    - ``pinned``: what of the arrivals has a threshold of its own, by tier. The others go by the clock, now
      ``unpinned_threshold_seconds``, after the edge ``unpinned_next_threshold_seconds``; None: as the tightest.
    - ``queues``: without those that have limits; always the same ones in the same order, none where there is only one.
    - ``service_by_threshold``: (threshold, seconds that handlers took, messages finished) in the last minute.
    - ``seconds_since_receive_ok``: since any worker's last receive that the source answered, be it with nothing.
    - ``clock_jumped``: the wall clock was set since the last look, or the machine stood still, so what is measured
      against it is not to be trusted.
    - ``all_down``: what handlers call is away for every queue; ``held_for_downstream``: workers hold messages until a
      queue's downstream is back, and one that is let go gives them back, which costs each a receive.
    - ``cpu_share``: used of what the cgroup allows, 0 to 1; ``memory_available_bytes``: left under its limit.
    - ``process_ceiling``: how many workers there were when the last one could not be forked, those that drain included;
      for a minute after that. ``tasks_available``: threads and processes that the cgroup has room for.
    - ``worker_bytes``: memory that one worker has of its own; ``worker_tasks``: its threads; ``start_seconds``: from
      ordering one until it is ready.
    """

    now_mono: float
    now_utc: float
    workers_ordered: int
    workers_ready: int
    busy_slots: int
    slots_per_worker: float
    threshold_seconds: float
    start_seconds: float
    arrivals: tuple[tuple[int, int], ...] = ()
    newest_sent_utc: float | None = None
    mean_service_seconds: float | None = None
    service_p995_seconds: float | None = None
    outcomes: Outcomes = NO_OUTCOMES
    latest_outcomes: Outcomes = NO_OUTCOMES
    groups_seen: int | None = None
    partitions: int | None = None
    backlog: Backlog | None = None
    hosts: int = 1
    next_threshold_seconds: float | None = None
    seconds_to_next_edge: float | None = None
    pinned: tuple[PinnedWork, ...] = ()
    unpinned_threshold_seconds: float | None = None
    unpinned_next_threshold_seconds: float | None = None
    queues: tuple[QueueHead, ...] = ()
    service_by_threshold: tuple[tuple[float, float, int], ...] = ()
    seconds_since_receive_ok: float | None = None
    clock_jumped: bool = False
    all_down: bool = False
    held_for_downstream: bool = False
    cpu_share: float | None = None
    memory_available_bytes: int | None = None
    worker_bytes: int | None = None
    process_ceiling: int | None = None
    tasks_available: int | None = None
    worker_tasks: int | None = None
    limited_workers: float = 0.0
    busy_share: float | None = None
    limited_arrivals: tuple[tuple[int, int], ...] = ()

    @property
    def all_arrivals(self) -> tuple[tuple[int, int], ...]:
        """Those of queues with limits too."""
        counts = Counter(dict(self.arrivals))
        counts.update(dict(self.limited_arrivals))
        return tuple(sorted(counts.items()))

    @property
    def used_slots(self) -> float:
        """`busy_slots` as they would be if as many of each kind were busy as of the busier one."""
        if self.busy_share is None:
            return self.busy_slots
        return self.busy_share * self.workers_ready * self.slots_per_worker

    @property
    def all_busy(self) -> bool:
        """Whether no slot is free for longer than the moment between two messages."""
        return self.used_slots >= FULL_SHARE * self.workers_ready * self.slots_per_worker

    @property
    def measured(self) -> bool:
        """Whether anything is known of the load. Of a full pool's queue, its service time alone says nothing."""
        return (
            self.backlog is not None
            or bool(self.arrivals)
            or (self.mean_service_seconds is not None and not self.all_busy)
        )
