"""Gathers what a scaling decision needs: the board, the queues' depth, the host, the tier in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.model import Backlog
from punctuald.policy.pool.handler_slots import busy_share
from punctuald.policy.scaling.observation import ASSUMED_START_SECONDS, Observation, PinnedWork, QueueHead, WorkerSize
from punctuald.policy.scaling.outcome_window import LATEST_SECONDS, OUTCOMES_SECONDS, OutcomeWindow
from punctuald.policy.scaling.service import service_seconds
from punctuald.process.awake_time import AwakeTime
from punctuald.stats.figures.pool_totals import PoolTotals

from .downstreams import Downstreams
from .host_resources import HostResources
from .sliding_window import SlidingWindow
from .slots.saturated_throughput import SaturatedThroughput
from .slots.slot_mix import SlotMix
from .tightest_tier import TightestTier

LimitedWorkers = Callable[[float, PoolTotals], float]
"""How many workers have the slots that queues with limits can use."""

log = logger()

NO_QUEUES: Mapping[str, str | None] = MappingProxyType({})
_SERVICE_SECONDS = 60.0  # service times older than this say nothing about now
_CLOCK_JUMP_SECONDS = 2.0
CEILING_SECONDS = 60.0
"""For so long nobody asks for more workers than could be forked. Each try costs a line in the log, and rarely helps."""

_SIZE_SECONDS = 30.0  # how often a worker is measured: the kernel walks its page tables


class Sensors:
    """One a daemon; `look` once each tick, which never waits for anything.

    ``load`` is given this host's monotonic time and its UTC. ``all_ordered``: every queue's messages come in
    groups; where one's do not, the groups of the others limit nothing. ``partitions``: how many workers can have
    messages at the same time, None = any number. ``queue_tiers``: of each queue without limits the tier that it names,
    None = none. ``hosts``: daemons that share the backlog.
    """

    def __init__(
        self,
        *,
        load: Callable[[float, float], PoolTotals],
        backlog: Callable[[], Backlog | None],
        tightest_tier: TightestTier,
        host: HostResources,
        worker_size: Callable[[], WorkerSize],
        clock: Clock,
        awake: AwakeTime,
        slots_per_worker: int,
        all_ordered: bool,
        tier_seconds: Mapping[str, float],
        downstreams: Downstreams,
        queue_tiers: Mapping[str, str | None] = NO_QUEUES,
        limited_workers: LimitedWorkers = lambda _now_mono, _load: 0.0,
        hosts: int = 1,
        partitions: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._load = load
        self._backlog = backlog
        self._tightest_tier = tightest_tier
        self._host = host
        self._worker_size = worker_size
        self._clock = clock
        self._awake = awake
        self._slot_mix = SlotMix(slots_per_worker)
        self._slots_per_worker: float = slots_per_worker
        self._all_ordered = all_ordered
        self._hosts = hosts
        self._partitions = partitions
        self._tier_seconds = tier_seconds  # each tier's threshold
        self._downstreams = downstreams
        self._queue_tiers = queue_tiers
        self._limited_workers = limited_workers
        self._served_by_tier = {tier: SlidingWindow(_SERVICE_SECONDS) for tier in tier_seconds}
        self._size = WorkerSize()
        self._size_due_mono = float("-inf")
        self._ceiling, self._ceiling_until_mono = 0, float("-inf")
        self._served = SlidingWindow(_SERVICE_SECONDS)
        self._outcomes = OutcomeWindow()
        self._throughput = SaturatedThroughput(_SERVICE_SECONDS)
        self._mean_service_seconds: float | None = None
        self._mean_settle_seconds = 0.0
        self._answers = (0, clock.mono())
        self._utc_ahead = clock.utc() - clock.mono()

    def found_ceiling(self, workers: int) -> None:
        """One more than ``workers`` could not be forked."""
        self._ceiling, self._ceiling_until_mono = workers, self._clock.mono() + CEILING_SECONDS

    def observe(self, workers_ordered: int) -> Observation:
        """Everything, as of now; points in time are on the broker's clock."""
        now_mono, own_utc = self._clock.mono(), self._clock.utc()
        stood_still = self._awake.look() is not None
        if stood_still:
            self._throughput.forget_last()
            self._slot_mix.forget_last()
        load = self._load(now_mono, own_utc)
        now_utc = own_utc + load.broker_ahead_seconds
        tier = self._tightest_tier.in_force(now_utc)
        self._learn(now_mono, load)
        return Observation(
            now_mono=now_mono,
            now_utc=now_utc,
            workers_ordered=workers_ordered,
            workers_ready=load.workers_ready,
            busy_slots=sum(use.busy for use in load.slot_uses),
            busy_share=busy_share(load.slot_uses),
            slots_per_worker=self._slots_per_worker,
            threshold_seconds=tier.threshold_seconds,
            start_seconds=ASSUMED_START_SECONDS if load.start_seconds is None else load.start_seconds,
            arrivals=load.arrivals,
            newest_sent_utc=load.newest_sent_utc,
            mean_service_seconds=self._mean_service_seconds,
            service_p995_seconds=self._slowest(load),
            outcomes=self._outcomes.outcomes(OUTCOMES_SECONDS),
            latest_outcomes=self._outcomes.outcomes(LATEST_SECONDS),
            groups_seen=load.groups_seen if self._all_ordered else None,
            partitions=self._partitions(),
            backlog=self._backlog(),
            hosts=self._hosts,
            next_threshold_seconds=tier.next_threshold_seconds,
            seconds_to_next_edge=None if tier.edge_utc is None else tier.edge_utc - now_utc,
            pinned=self._pinned(load),
            unpinned_threshold_seconds=tier.by_clock_seconds,
            unpinned_next_threshold_seconds=tier.by_clock_next_seconds,
            queues=self._queues(load),
            service_by_threshold=self._service_by_threshold(now_mono, load),
            seconds_since_receive_ok=self._since_answer(now_mono, load),
            clock_jumped=self._clock_jumped(now_mono, own_utc) or stood_still,
            all_down=self._downstreams.all_are_down,
            held_for_downstream=self._downstreams.hold_messages,
            cpu_share=self._host.cpu_share(),
            memory_available_bytes=self._host.memory_available_bytes(),
            worker_bytes=self._size.own_bytes,
            process_ceiling=self._ceiling if now_mono < self._ceiling_until_mono else None,
            tasks_available=self._host.tasks_available(),
            worker_tasks=self._size.tasks,
            limited_arrivals=load.limited_arrivals,
            limited_workers=self._limited_workers(now_mono, load),
        )

    def _learn(self, now_mono: float, load: PoolTotals) -> None:
        """What this look adds to what is known of slots, handlers and workers."""
        self._slots_per_worker = self._slot_mix.observe(now_mono, load.slot_uses, load.workers_ready)
        self._learn_service(now_mono, load)
        self._outcomes.note(now_mono, load.failed_total, load.ended_total)
        self._measure_a_worker(now_mono)

    def _learn_service(self, now_mono: float, load: PoolTotals) -> None:
        """Means over the last minute; they stay what they were where nothing ended since, and begin with those of all
        that the board has seen: an autoscaler that is started again need not guess what is known."""
        handle_seconds, settle_seconds, count = self._served.increase(
            now_mono, load.service_seconds_total, load.settle_seconds_total, load.service_count_total
        )
        while_full = self._while_full(now_mono, load)
        if count == 0 and self._mean_service_seconds is None:
            handle_seconds, settle_seconds = load.service_seconds_total, load.settle_seconds_total
            count = load.service_count_total
        if count > 0:
            self._mean_service_seconds = service_seconds(handle_seconds / count, *while_full)
            self._mean_settle_seconds = settle_seconds / count

    def _while_full(self, now_mono: float, load: PoolTotals) -> tuple[float, float]:
        """Slot seconds while all slots that can be were busy, and the messages finished in them. All slots are
        counted, so that it shows when workers come or go."""
        slots = sum(use.slots for use in load.slot_uses)
        busy_slots = slots * (busy_share(load.slot_uses) or 0.0)
        slot_seconds, finished = self._throughput.observe(now_mono, slots, busy_slots, load.service_count_total)
        return (slot_seconds * load.workers_ready * self._slots_per_worker / slots if slots else 0.0), finished

    def _slowest(self, load: PoolTotals) -> float | None:
        """A message is on time by its acknowledgement, which waits for others to share a request with."""
        handle_seconds = load.service_p995_seconds
        return None if handle_seconds is None else handle_seconds + self._mean_settle_seconds

    def _pinned(self, load: PoolTotals) -> tuple[PinnedWork, ...]:
        """Of tiers with the same threshold each has its entry."""
        return tuple(PinnedWork(self._tier_seconds[tier], seen) for tier, seen in load.pinned_arrivals.items())

    def _queues(self, load: PoolTotals) -> tuple[QueueHead, ...]:
        if len(self._queue_tiers) == 1:
            return ()
        return tuple(
            QueueHead(self._tier_seconds[tier] if tier else None, *load.queue_heads.get(queue, (0, None)))
            for queue, tier in self._queue_tiers.items()
        )

    def _service_by_threshold(self, now_mono: float, load: PoolTotals) -> tuple[tuple[float, float, int], ...]:
        """Of the last minute. Begins with the first message that names a tier."""
        found = []
        for tier, (seconds_total, count_total) in load.service_by_tier.items():
            seconds, count = self._served_by_tier[tier].increase(now_mono, seconds_total, count_total)
            found.append((self._tier_seconds[tier], seconds, int(count)))
        return tuple(found)

    def _since_answer(self, now_mono: float, load: PoolTotals) -> float:
        if load.answers_total != self._answers[0]:
            self._answers = (load.answers_total, now_mono)
        return now_mono - self._answers[1]

    def _clock_jumped(self, now_mono: float, own_utc: float) -> bool:
        before, self._utc_ahead = self._utc_ahead, own_utc - now_mono
        jump_seconds = self._utc_ahead - before
        if abs(jump_seconds) <= _CLOCK_JUMP_SECONDS:
            return False
        log.warning("clock.jumped", seconds=round(jump_seconds, 3))
        return True

    def _measure_a_worker(self, now_mono: float) -> None:
        if self._size.own_bytes is None or now_mono >= self._size_due_mono:
            self._size = self._worker_size()
            self._size_due_mono = now_mono + _SIZE_SECONDS
