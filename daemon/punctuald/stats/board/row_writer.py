"""The writing side of one row: what a worker says of itself.

One event loop writes a row; only the running words of each handler are written by that handler's thread. Words are
stored by ``memoryview.cast("Q")`` item assignment, which is one 8-byte store: ``struct.pack_into`` zeroes the bytes
first and shows readers the zeros.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence

from punctuald.model import LimitGauges, Metric, Samples, StreamLag
from punctuald.policy.pool.handler_slots import HandlerKind

from . import arrivals, word_time
from .cells import MICROSECONDS
from .digest import LOW_64
from .groups import GroupWriter
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
    OVERDUE,
    PID,
    PINNED_TIERS,
    READY,
    SATURATED,
    SEQUENCE,
    START,
    THREADS,
    WORD_VALUES,
    WORST_OVERDUE,
    Layout,
    Words,
)
from .queues.words import (
    LAG_ARRIVED,
    LAG_BEHIND,
    LAG_HELD,
    LAG_LEASES,
    LAG_NEWEST_SENT,
    LAG_RECORDS,
    LAG_SAID,
    LIMIT_KIND,
    LIMIT_PAUSED,
    LIMIT_RECEIVES,
    LIMIT_RUNNING,
    LIMIT_STARTED,
    LIMIT_WAITING,
    LIMIT_WORDS,
)
from .record_places import RecordPlaces
from .running import RunningSlot, RunningTable
from .sample_writer import SampleWriter
from .word_time import MILLISECONDS

_COUNTERS = len(Metric)


class RowWriter:
    """The writer of one row. Make it after the fork, in the process that is to write."""

    def __init__(self, words: Words, directory: Words, interval: Words, layout: Layout) -> None:
        self._words = words
        self._layout = layout
        self._directory = directory
        self._running = RunningTable(words, layout)
        self._counters = words[layout.counters]
        self._arrivals = words[layout.arrivals]
        self._pinned_arrivals = [words[layout.pinned_arrivals(tier)] for tier in range(len(layout.tiers))]
        self._limited_arrivals = words[layout.pinned_arrivals(len(layout.tiers))]
        self._groups = GroupWriter(words[layout.groups])
        self._errors: ErrorKinds | None = None  # made with the first one, for most workers have none
        self._samples = SampleWriter(words, layout)
        self._slowest = SlowestRuns(words, interval, layout)
        self.slow_run = self._slowest.ended  # a handler ran for so long
        self._saturated: set[int] = set()

    def attach(self, pid: int, now_mono: float) -> None:
        """Take the row over: gauges begin anew, counts go on from where the last writer left them."""
        clear_gauges(self._words, self._running, self._layout)
        self._words[PID] = pid
        self.heartbeat(now_mono)
        self._directory[0] = 1 + self._directory[0] % LOW_64  # last: from here on readers look at the row

    def heartbeat(self, now_mono: float) -> None:
        """The worker's main loop is alive. Samples that waited to be written together go to the board."""
        self._samples.write()
        self._words[HEARTBEAT] = word_time.to_word(now_mono)

    def ready(self, now_mono: float, start_seconds: float) -> None:
        """The worker has received for the first time and is of use, ``start_seconds`` after its fork."""
        self._words[START] = round(start_seconds * MICROSECONDS)
        self._words[READY] = word_time.to_word(now_mono)  # last: it tells readers that START is set

    def leaving(self) -> None:
        """The worker takes no more messages: it finishes what it has, and no longer counts as capacity."""
        self._words[READY] = word_time.NONE

    def count(self, queue: int, metric: Metric, n: int = 1) -> None:
        """Add ``n`` (0 or more) to ``metric`` of the queue with index ``queue``."""
        self._counters[queue * _COUNTERS + metric] += n

    def arrivals(self, queue: int, sent_utcs: Sequence[float]) -> None:
        """Messages of the queue with index ``queue``, sent at these times on the broker's clock, were delivered for the
        first time."""
        if not sent_utcs:
            return
        _record(self._arrivals, sent_utcs)
        newest = int(max(sent_utcs) * MILLISECONDS)
        of_queue = self._words[self._layout.lag_of(queue)]
        self._words[NEWEST_SENT] = max(self._words[NEWEST_SENT], newest)
        of_queue[LAG_NEWEST_SENT] = max(of_queue[LAG_NEWEST_SENT], newest)
        of_queue[LAG_ARRIVED] += len(sent_utcs)
        self._words[ARRIVALS_VERSION] += 1

    def pinned_arrivals(self, tier: int, sent_utcs: Sequence[float]) -> None:
        """Of those, at least one, these are in the tier with index ``tier`` for good.

        Said after `arrivals`, and read before them: no reader finds more of these than there are in all.
        """
        _record(self._pinned_arrivals[tier], sent_utcs)
        self._words[PINNED_TIERS] |= 1 << tier
        self._words[ARRIVALS_VERSION] += 1

    def limited_arrivals(self, sent_utcs: Sequence[float]) -> None:
        """Those of a queue with limits, instead of `arrivals`: how fast they are sent says nothing of workers."""
        if sent_utcs:
            _record(self._limited_arrivals, sent_utcs)
            self._words[PINNED_TIERS] |= 1 << len(self._layout.tiers)
            self._words[ARRIVALS_VERSION] += 1

    def groups(self, queue: int, names: set[str], now_mono: float) -> None:
        """Messages of these groups came in, from the queue with index ``queue``."""
        self._groups.record(queue, names, now_mono)

    def broker_ahead(self, seconds: float) -> None:
        """The broker's clock is ahead of ours by ``seconds`` (below 0: behind)."""
        self._words[BROKER_AHEAD] = round(seconds * MILLISECONDS) % WORD_VALUES

    def saturated(self, queue: int, *, yes: bool) -> None:
        """Whether the queue with index ``queue`` brings as much as this worker can do, and more is waiting. The kind of
        its handler was said before."""
        (self._saturated.add if yes else self._saturated.discard)(queue)
        kinds = {self._words[self._layout.limits_of(each)][LIMIT_KIND] for each in self._saturated}
        self._words[SATURATED] = sum(1 << kind for kind in kinds)

    def slots(self, threads: int, coroutines: int = 0) -> None:
        """How many messages this worker handles at once, by the kind of their handler."""
        self._words[THREADS], self._words[COROUTINES] = threads, coroutines

    def handler_kind(self, queue: int, kind: HandlerKind) -> None:
        """What the handler of the queue with index ``queue`` is."""
        self._words[self._layout.limits_of(queue)][LIMIT_KIND] = kind

    def receives(self, queue: int, *, yes: bool) -> None:
        """Whether this worker receives from the queue with index ``queue``."""
        self._words[self._layout.limits_of(queue)][LIMIT_RECEIVES] = yes

    def loop_lag(self, seconds: float) -> None:
        """How late the event loop was at most since the last heartbeat."""
        self._words[LOOP_LAG] = round(seconds * MICROSECONDS)

    def held(self, messages: int) -> None:
        """How many messages wait in this worker because their handlers want them later."""
        self._words[HELD] = messages

    def sample(self, samples: Samples) -> None:
        """Record where acknowledged messages' time went: those that one call to the source acknowledged."""
        self._samples.add(samples)

    def overdue(self, in_hand: Mapping[tuple[int, int], tuple[int, float]]) -> None:
        """By queue and tier: how many messages are in hand past their deadline, and the most that one is, in seconds.
        What is not there has none."""
        self._samples.overdue(in_hand)

    def error(self, queue: str, kind: str) -> None:
        """A handler raised something of this kind with a message of ``queue``. Any thread, one at a time."""
        if self._errors is None:
            self._errors = ErrorKinds(self._words, self._layout)
        self._errors.count(self._layout.queues.index(queue), kind)

    def stream_lag(self, queue: int, lag: StreamLag, now_mono: float) -> None:
        """What is known of the queue with index ``queue``, a stream. A reader may find some of its numbers older than
        the others, which are estimates in any case."""
        words = self._words[self._layout.lag_of(queue)]
        words[LAG_RECORDS] = lag.records
        words[LAG_BEHIND] = round(lag.behind_seconds * MILLISECONDS)
        words[LAG_HELD] = lag.held
        words[LAG_LEASES] = lag.leases
        words[LAG_SAID] = word_time.to_word(now_mono)

    def limits(self, queue: int, gauges: LimitGauges) -> None:
        """What the limits of the queue with index ``queue`` come to here."""
        words = self._words[self._layout.limits_of(queue)]
        words[LIMIT_RUNNING], words[LIMIT_WAITING], words[LIMIT_PAUSED], words[LIMIT_STARTED] = gauges

    def handler_slot(self, number: int) -> RunningSlot:
        """What handler slot ``number`` says of itself."""
        return self._running.slot(number)


def _record(ring: Words, sent_utcs: Sequence[float]) -> None:
    first, last = int(min(sent_utcs)), int(max(sent_utcs))
    if first == last:  # as nearly always
        arrivals.record(ring, last, len(sent_utcs))
    else:
        for second, n in Tally(map(int, sent_utcs)).items():
            arrivals.record(ring, second, n)


def clear_gauges(words: Words, running: RunningTable, layout: Layout) -> None:
    """Nobody writes this row now. A sample that a killed writer left half written stays as it is.

    One stage can then count more messages than another, at most by what is written together. No total goes back, for
    every word on its own only ever grew.
    """
    for gauge in (PID, READY, HEARTBEAT, SATURATED, THREADS, COROUTINES, LOOP_LAG, HELD):
        words[gauge] = 0
    for number in range(len(RecordPlaces(words, layout).taken())):
        words[layout.record(number) + OVERDUE] = words[layout.record(number) + WORST_OVERDUE] = 0
    for queue in range(len(layout.queues)):
        words[layout.lag_of(queue)][LAG_SAID] = word_time.NONE
        of_limits = words[layout.limits_of(queue)]
        for word in range(LIMIT_WORDS):
            of_limits[word] = 0
    running.clear()
    # Another one, since records have gauges too, and even; a process that ran wild may have left the last number.
    words[SEQUENCE] = (words[SEQUENCE] + 2 & LOW_64) & ~1
