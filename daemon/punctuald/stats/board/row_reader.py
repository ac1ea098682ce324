"""The reading side of one row: the words that can be read one at a time."""

from __future__ import annotations

from punctuald.model import LimitGauges, StreamLag
from punctuald.policy.pool.handler_slots import HandlerKind, SlotUse

from . import word_time
from .cells import MICROSECONDS
from .interval.error_kinds import ErrorKinds
from .interval.slowest import SlowestRuns
from .layout import (
    ARRIVALS_VERSION,
    BROKER_AHEAD,
    COROUTINES,
    HEARTBEAT,
    HELD,
    LOOP_LAG,
    NEWEST_SENT,
    PID,
    PINNED_TIERS,
    READY,
    SATURATED,
    START,
    THREADS,
    WORD_VALUES,
    Layout,
    Words,
)
from .queues.words import (
    LAG_ARRIVED,
    LAG_NEWEST_SENT,
    LAG_RECORDS,
    LAG_SAID,
    LAG_WORDS,
    LIMIT_KIND,
    LIMIT_PAUSED,
    LIMIT_RECEIVES,
    LIMIT_RUNNING,
    LIMIT_STARTED,
    LIMIT_WAITING,
    LIMIT_WORDS,
)
from .running import Running, RunningTable
from .word_time import MILLISECONDS


class RowReader:
    """What one worker says of itself now. Safe to use while the worker writes, and after its death."""

    def __init__(self, words: Words, interval: Words, layout: Layout, *, is_worker: bool) -> None:
        self.is_worker = is_worker  # the autoscaler's row has counters, but no handlers
        self.words = words
        self.layout = layout
        self._counters = words[layout.counters]
        self._arrivals = words[layout.arrivals]
        self._groups = words[layout.groups]
        self._running = RunningTable(words, layout)
        self._slowest = SlowestRuns(words, interval, layout)
        self.errors = ErrorKinds(words, layout)
        self.slowest_run = self._slowest.read

    @property
    def pid(self) -> int:
        """The process that holds the row; 0 = none."""
        return self.words[PID]

    @property
    def heartbeat_mono(self) -> float | None:
        """When the worker's main loop last wrote its heartbeat; None = no process holds the row."""
        return word_time.from_word(self.words[HEARTBEAT])

    @property
    def ready_mono(self) -> float | None:
        """When the worker had received for the first time; None = not yet, or no more: it drains."""
        return word_time.from_word(self.words[READY])

    @property
    def start_seconds(self) -> float:
        """From the worker's fork until it was ready; of use only while `ready_mono` is known."""
        return self.words[START] / MICROSECONDS

    @property
    def newest_sent_utc(self) -> float | None:
        """When the newest message was sent among those first delivered to this row's workers; None = no message."""
        return self.words[NEWEST_SENT] / MILLISECONDS or None

    @property
    def broker_ahead_seconds(self) -> float:
        """By how much the broker's clock is ahead of ours; 0.0 also before the first message."""
        ahead_ms = self.words[BROKER_AHEAD]
        return (ahead_ms - WORD_VALUES if ahead_ms >= WORD_VALUES // 2 else ahead_ms) / MILLISECONDS

    @property
    def busy_slots(self) -> int:
        """How many messages handlers are working on; for a saturated worker, as many as it can handle at once.

        Very short messages finish between two looks, so a count of those that run would show a saturated worker as
        idle.
        """
        return sum(use.busy for use in self.slot_uses())

    @property
    def concurrency(self) -> int:
        """How many messages the worker handles at once; 0 = it has not said so yet."""
        return self.words[THREADS] + self.words[COROUTINES]

    def slot_uses(self) -> tuple[SlotUse, ...]:
        """`busy_slots` and `concurrency` for each `HandlerKind`."""
        saturated, busy = self.words[SATURATED], self._running.busy()
        slots = (self.words[THREADS], self.words[COROUTINES])
        return tuple(SlotUse(slots[kind] if saturated >> kind & 1 else busy[kind], slots[kind]) for kind in HandlerKind)

    def handler_kind(self, queue: int) -> HandlerKind:
        """What the handler of the queue with index ``queue`` is."""
        return HandlerKind(self.words[self.layout.limits_of(queue)][LIMIT_KIND] == HandlerKind.COROUTINE)

    def slots_for(self, queue: str) -> int:
        """How many messages of ``queue`` the worker can handle at once; 0 of one that it does not drain."""
        if queue not in self.layout.queues:
            return 0
        return self.slot_uses()[self.handler_kind(self.layout.queues.index(queue))].slots

    @property
    def held_messages(self) -> int:
        """How many messages wait in the worker because their handlers want them later."""
        return self.words[HELD]

    @property
    def loop_lag_seconds(self) -> float:
        """How late the worker's event loop was at most in the last second or so."""
        return self.words[LOOP_LAG] / MICROSECONDS

    def stream_lag(self, queue: int) -> tuple[float, StreamLag] | None:
        """What the worker said of the queue with index ``queue``, a stream, and when; None = nothing yet."""
        words = self.words[self.layout.lag_of(queue)]
        said_mono = word_time.from_word(words[LAG_SAID])  # first: the numbers are from then or later
        if said_mono is None:
            return None
        records, behind_ms, held, leases = words[LAG_RECORDS:LAG_NEWEST_SENT].tolist()
        return said_mono, StreamLag(records, behind_ms / MILLISECONDS, held, leases)

    def limits(self, queue: int) -> LimitGauges:
        """What the worker says of the limits of the queue with index ``queue``."""
        words = self.words[self.layout.limits_of(queue)]
        return LimitGauges(words[LIMIT_RUNNING], words[LIMIT_WAITING], bool(words[LIMIT_PAUSED]), words[LIMIT_STARTED])

    def receives(self, queue: int) -> bool:
        """Whether the worker has messages of the queue with index ``queue``, as far as it can have any."""
        return bool(self.words[self.layout.limits_of(queue)][LIMIT_RECEIVES])

    def queue_heads(self) -> tuple[list[int], list[int]]:
        """Of each queue how many first deliveries were counted among the arrivals, and when the newest of them was
        sent, in milliseconds since the epoch; 0 = none was."""
        words = self.words[self.layout.lag]
        arrived = words[LAG_ARRIVED::LAG_WORDS].tolist()  # first: the newest of these is known then
        return arrived, words[LAG_NEWEST_SENT::LAG_WORDS].tolist()

    @property
    def waiting_for_limits(self) -> int:
        """How many messages wait here for a limit, or for the end of a pause, all queues together."""
        return sum(self.words[self.layout.limits][LIMIT_WAITING::LIMIT_WORDS])

    @property
    def paused(self) -> list[int]:
        """The indexes of the queues that are paused here."""
        return [queue for queue, word in enumerate(self.words[self.layout.limits][LIMIT_PAUSED::LIMIT_WORDS]) if word]

    def running(self) -> tuple[Running, ...]:
        """What the handler slots are running; of a dead worker, what it held when it died."""
        return self._running.read()

    def counts(self) -> list[int]:
        """All counters, queue by queue, since the board was made: of all workers that ever held the row."""
        return self._counters.tolist()

    @property
    def arrivals_version(self) -> int:
        """Moves after each change of the arrivals. Read it before them."""
        return self.words[ARRIVALS_VERSION]

    def arrivals(self) -> list[int]:
        """The ring of arrivals, as `arrivals.merged` takes it."""
        return self._arrivals.tolist()

    def pinned_arrivals(self) -> dict[str, list[int]]:
        """The rings of those that are in a tier for good, by its name. Read them before `arrivals`."""
        tiers = self.words[PINNED_TIERS]
        return {
            name: self.words[self.layout.pinned_arrivals(tier)].tolist()
            for tier, name in enumerate(self.layout.tiers)
            if tiers >> tier & 1
        }

    def limited_arrivals(self) -> list[int]:
        """The ring of those of queues with limits; empty where none ever came."""
        ring = len(self.layout.tiers)
        if not self.words[PINNED_TIERS] >> ring & 1:
            return []
        return self.words[self.layout.pinned_arrivals(ring)].tolist()

    def groups(self) -> list[int]:
        """The bitmaps of message groups, as `groups.seen` takes them."""
        return self._groups.tolist()
