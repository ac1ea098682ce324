"""Where each word lies: the map of the board that its writers and readers share.

Everything is a 64-bit word. The board begins with a directory (one word per row, how often it was attached); then come
the rows, each on its own pages, so that a row that nobody attached costs no memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from punctuald.model import Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause

from .cells import CELLS
from .queues.words import LAG_WORDS, LIMIT_WORDS

Words: TypeAlias = "memoryview[int]"  # a string: memoryview can't be subscripted at run time before Python 3.14

WORD_BYTES = 8
WORD_VALUES = 1 << 64
PAGE_WORDS = 4096 // WORD_BYTES

# A row's gauges. SEQUENCE is odd while a sample is being written; ARRIVALS_VERSION moves with every arrival.
# START: microseconds from the worker's fork to READY. NEWEST_SENT: milliseconds since the epoch, on the broker's clock.
# BROKER_AHEAD: milliseconds by which that clock is ahead of ours, in two's complement. SATURATED: a bit for each kind
# of handlers of which the worker does all it can, though they are too quick for their slots to be found busy. THREADS,
# COROUTINES: messages that it handles at once, by the kind of their handler. LOOP_LAG: microseconds that its event loop
# was late at most, lately. PINNED_TIERS: a bit for each tier whose own ring of arrivals was ever written: to look at a
# page of the others would allocate it. HELD: messages that wait in the worker because their handlers want them later.
SEQUENCE, ARRIVALS_VERSION, PID, READY, HEARTBEAT, START, NEWEST_SENT, BROKER_AHEAD, SATURATED = range(9)
THREADS, COROUTINES, LOOP_LAG, PINNED_TIERS, HELD = range(9, 14)
GAUGE_WORDS = 14

# What one handler slot is running. STARTED is written last and cleared first: 0 = idle, whatever the others hold.
# The message's id in UTF-8, filled up with zeros; one that is too long by its digest, in the form of a UUID.
# FURTHER: how many more messages the same call has; their ids are on pages of their own, for most slots never have any.
STARTED, QUEUE, FURTHER, MESSAGE_ID = range(4)
MESSAGE_ID_WORDS = 16
"""So that a Kinesis record's fits, which is some 80 bytes: a digest costs 5 us, and this is written once a message."""

RUNNING_WORDS = MESSAGE_ID + MESSAGE_ID_WORDS

# The record of one queue and tier: how many messages met it, and missed it by which `MissCause`; how many are in hand
# past their deadline, and for how many microseconds the first of them (gauges); then a summary of each stage's
# histogram.
MET, MISSED_BY = 0, 1
OVERDUE = MISSED_BY + len(MissCause)
WORST_OVERDUE = OVERDUE + 1
OUTCOME_WORDS = WORST_OVERDUE + 1
SUM, MAX, LOW, END = range(4)  # microseconds, microseconds, first cell ever touched, last cell ever touched plus one
SUMMARY_WORDS = 4
RECORD_WORDS = OUTCOME_WORDS + SUMMARY_WORDS * len(Stage)

ARRIVAL_CELLS = 1024  # seconds of sending that are remembered: the 900 that readers are sure to get, and a power of two

GROUP_BITMAPS = 3  # half minutes
GROUP_BITMAP_WORDS = 1 + 1024 // 64  # which half minute, then a bit for each hash

# What a worker says of each queue's downstream: a sequence word as SEQUENCE, then for each queue when a handler last
# found it away, with which message (64 bits of a digest), when the queue went down and came back, when it was probed
# last and how often, how many messages wait there, when one was last done while the queue came back, and before when it
# is not to be probed.
DOWNSTREAM_HEAD = 1
RAISED, RAISED_BY, DOWN, UP, PROBED, PROBES, WAITING_THERE, DONE_THERE, NOT_BEFORE = range(9)
DOWNSTREAM_WORDS = 9

# The slowest run: the number of its interval plus one, microseconds, the message's id as in the running words.
SLOWEST_IN, SLOWEST_US, SLOWEST_ID = range(3)
SLOWEST_WORDS = SLOWEST_ID + MESSAGE_ID_WORDS

# A kind of error: how often, the queue, and its text in UTF-8, filled up with zeros. COUNT is written last, 0 = free.
ERROR_COUNT, ERROR_QUEUE, ERROR_TEXT = range(3)
ERROR_WORDS, ERROR_KINDS = 16, 32

# The autoscaler's decision, guarded by its row's SEQUENCE: when, workers, the reason's code, how old the oldest waiting
# message is (milliseconds plus one), since when and until when there were fewer workers than ordered, and the caps plus
# one, 0 where a guard limits nothing. Then of each queue: when its backlog was read, visible, in flight, delayed, and
# milliseconds that it is behind plus one, 0 where that is not known.
DECIDED, DECIDED_WORKERS, REASON, HEAD_AGE, SHORT_SINCE, SHORT_UNTIL, CAPS = range(7)
MOST_CAPS = 8
SCALING_HEAD = CAPS + MOST_CAPS
BACKLOG_WORDS = 5

# Behind the directory: the number of the interval that is being counted, and which half of what was logged is good.
INTERVAL, LOGGED_HALF = range(2)
INTERVAL_WORDS = 2


@dataclass(frozen=True)
class Layout:
    """What the board has room for. Row ``workers`` is the autoscaler's own, and ``observer`` one more. The last
    ``coroutines`` of the ``handler_slots`` are those of coroutines. A call has ``batch_size`` messages at most."""

    queues: tuple[str, ...]
    tiers: tuple[str, ...]
    handler_slots: int
    workers: int
    batch_size: int = 1
    coroutines: int = 0

    @cached_property
    def running(self) -> slice:
        """The words that say what the handler slots are running."""
        return _after(GAUGE_WORDS, RUNNING_WORDS * self.handler_slots)

    @cached_property
    def counters(self) -> slice:
        """The counters: queue by queue, in the order of `Metric`."""
        return _after(self.running.stop, len(Metric) * len(self.queues))

    def counters_of(self, queue: int) -> slice:
        """Where those of one queue lie among the counters."""
        return _after(queue * len(Metric), len(Metric))

    @cached_property
    def groups(self) -> slice:
        """The bitmaps of message groups."""
        return _after(self.counters.stop, GROUP_BITMAPS * GROUP_BITMAP_WORDS)

    @cached_property
    def downstream(self) -> slice:
        """What this worker says of each queue's downstream."""
        return _after(self.groups.stop, DOWNSTREAM_HEAD + DOWNSTREAM_WORDS * len(self.queues))

    @cached_property
    def lag(self) -> slice:
        """What this worker says of each queue that is a stream."""
        return _after(self.downstream.stop, LAG_WORDS * len(self.queues))

    def lag_of(self, queue: int) -> slice:
        """Where that of one queue lies in the row."""
        return _after(int(self.lag.start) + queue * LAG_WORDS, LAG_WORDS)

    @cached_property
    def limits(self) -> slice:
        """What this worker says of each queue's limits."""
        return _after(self.lag.stop, LIMIT_WORDS * len(self.queues))

    def limits_of(self, queue: int) -> slice:
        """Where that of one queue lies in the row."""
        return _after(int(self.limits.start) + queue * LIMIT_WORDS, LIMIT_WORDS)

    @property
    def pairs(self) -> int:
        """How many pairs of a queue and a tier there are, and so how many records a row has room for."""
        return len(self.queues) * len(self.tiers)

    def pair(self, queue: int, tier: int) -> int:
        """The number of the pair. Raises IndexError where there is no such queue or tier."""
        if not (0 <= queue < len(self.queues) and 0 <= tier < len(self.tiers)):
            raise IndexError(f"queue {queue} and tier {tier} are not on this board")
        return queue * len(self.tiers) + tier

    @cached_property
    def record_pairs(self) -> slice:
        """Whose the records are: of each in turn the pair's number plus one, 0 where none begins yet. A record is taken
        with the pair's first message, so that those that are in use lie side by side."""
        return _after(self.limits.stop, self.pairs)

    @cached_property
    def records(self) -> slice:
        """The records, RECORD_WORDS each, guarded by SEQUENCE as the histograms are."""
        return _after(self.record_pairs.stop, RECORD_WORDS * self.pairs)

    @cached_property
    def slowest(self) -> slice:
        """Of each queue the slowest run of a handler, in this interval and in the one before."""
        return _after(self.records.stop, 2 * SLOWEST_WORDS * len(self.queues))

    @cached_property
    def errors(self) -> slice:
        """What handlers raised: kinds, then for each queue how many were of no kind that there was room for."""
        return _after(_whole_pages(self.slowest.stop), ERROR_KINDS * ERROR_WORDS + len(self.queues))

    @cached_property
    def scaling(self) -> slice:
        """What the autoscaler says of its last decision and of each queue's backlog; only its own row has it."""
        return _after(_whole_pages(self.errors.stop), SCALING_HEAD + BACKLOG_WORDS * len(self.queues))

    @cached_property
    def arrivals(self) -> slice:
        """The ring of arrivals by second of sending, of all messages but those of queues with limits."""
        return _after(_whole_pages(self.scaling.stop), ARRIVAL_CELLS)

    def pinned_arrivals(self, tier: int) -> slice:
        """The ring of those that are in ``tier`` for good; behind the last tier's that of queues with limits."""
        return _after(int(self.arrivals.stop) + tier * ARRIVAL_CELLS, ARRIVAL_CELLS)

    def record(self, number: int) -> int:
        """Where record ``number`` begins."""
        return int(self.records.start) + number * RECORD_WORDS

    def histogram(self, number: int, stage: int) -> int:
        """Where cell 0 of one histogram of record ``number`` lies."""
        return int(self.pinned_arrivals(len(self.tiers) + 1).start) + (number * len(Stage) + stage) * CELLS

    @cached_property
    def further_ids(self) -> slice:
        """Of each handler slot in turn: the ids of the messages that its call has beside the first one."""
        start = _whole_pages(self.histogram(self.pairs, 0))
        return _after(start, self.handler_slots * (self.batch_size - 1) * MESSAGE_ID_WORDS)

    @cached_property
    def row_words(self) -> int:
        """Length of one row."""
        return _whole_pages(self.further_ids.stop)

    @property
    def observer(self) -> int:
        """The index of the observer's row. It has nothing but a sign of life, and is in no figures."""
        return self.workers + 1

    def row(self, index: int) -> slice:
        """The words of row ``index``, 0 to ``observer``."""
        if not 0 <= index <= self.observer:
            raise IndexError(f"slot {index} is not on a board of {self.workers} workers, autoscaler and observer")
        return _after(_whole_pages(self._directory_words) + index * self.row_words, self.row_words)

    @property
    def _directory_words(self) -> int:
        return self.observer + 1 + INTERVAL_WORDS

    @property
    def interval(self) -> slice:
        """The words of the interval that is being counted."""
        return _after(self.observer + 1, INTERVAL_WORDS)

    @cached_property
    def logged(self) -> tuple[slice, slice]:
        """Two halves, each with room for all totals of the board: of the intervals that were logged."""
        histograms = (2 + OUTCOME_WORDS + len(Stage) * (SUMMARY_WORDS + CELLS)) * self.pairs
        errors = 3 * ((self.workers + 1) * ERROR_KINDS + len(self.queues))
        half = _whole_pages(3 + len(Metric) * len(self.queues) + histograms + errors)
        start = int(self.row(self.observer).stop)
        return _after(start, half), _after(start + half, half)

    @cached_property
    def size_bytes(self) -> int:
        """Of the whole board; what was never written takes no memory."""
        return int(self.logged[1].stop) * WORD_BYTES


def _after(start: int, length: int) -> slice:
    return slice(start, start + length)


def _whole_pages(words: int) -> int:
    return -(-words // PAGE_WORDS) * PAGE_WORDS
