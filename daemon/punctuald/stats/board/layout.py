"""Where each word lies: the map of the board that its writers and readers share.

Everything is a 64-bit word. The board begins with a directory (one word per row, how often it was attached); then come
the rows, each on its own pages, so that a row that nobody attached costs no memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from punctuald.model import Metric, Stage

from .cells import CELLS

Words: TypeAlias = "memoryview[int]"  # a string: memoryview can't be subscripted at run time before Python 3.14

WORD_BYTES = 8
WORD_VALUES = 1 << 64
PAGE_WORDS = 4096 // WORD_BYTES

# A row's gauges. SEQUENCE is odd while a sample is being written; ARRIVALS_VERSION moves with every arrival.
# START: microseconds from the worker's fork to READY. NEWEST_SENT: milliseconds since the epoch, on the broker's clock.
# BROKER_AHEAD: milliseconds by which that clock is ahead of ours, in two's complement. SATURATED: 0 unless the worker
# does all it can, though its handlers are too quick for their slots to be found busy. CONCURRENCY: messages that it
# handles at once. LOOP_LAG: microseconds that its event loop was late at most, lately. PINNED_TIERS: a bit for each
# tier whose own ring of arrivals was ever written: to look at a page of the others would allocate it. HELD: messages
# that wait in the worker because their handlers want them later.
SEQUENCE, ARRIVALS_VERSION, PID, READY, HEARTBEAT, START, NEWEST_SENT, BROKER_AHEAD, SATURATED = range(9)
CONCURRENCY, LOOP_LAG, PINNED_TIERS, HELD = range(9, 13)
GAUGE_WORDS = 13

# What one handler slot is running. STARTED is written last and cleared first: 0 = idle, whatever the others hold.
# The message's id in UTF-8, filled up with zeros; one that is too long by its digest, in the form of a UUID.
# FURTHER: how many more messages the same call has; their ids are on pages of their own, for most slots never have any.
STARTED, QUEUE, FURTHER, MESSAGE_ID = range(4)
MESSAGE_ID_WORDS = 8
RUNNING_WORDS = MESSAGE_ID + MESSAGE_ID_WORDS

# One tier's record: how many messages met and missed it, then a summary of each stage's histogram.
MET, MISSED = range(2)
OUTCOME_WORDS = 2
SUM, MAX, LOW, END = range(4)  # microseconds, microseconds, first cell ever touched, last cell ever touched plus one
SUMMARY_WORDS = 4
TIER_WORDS = OUTCOME_WORDS + SUMMARY_WORDS * len(Stage)

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


@dataclass(frozen=True)
class Layout:
    """What the board has room for. Index ``workers`` is one row more: the autoscaler's own. ``batch_size`` is how many
    messages one call of a handler may have."""

    queues: tuple[str, ...]
    tiers: tuple[str, ...]
    handler_slots: int
    workers: int
    batch_size: int = 1

    @cached_property
    def running(self) -> slice:
        """The words that say what the handler slots are running."""
        return _after(GAUGE_WORDS, RUNNING_WORDS * self.handler_slots)

    @cached_property
    def counters(self) -> slice:
        """The counters: queue by queue, in the order of `Metric`."""
        return _after(self.running.stop, len(Metric) * len(self.queues))

    @cached_property
    def tier_records(self) -> slice:
        """The tiers' records, TIER_WORDS each, guarded by SEQUENCE as the histograms are."""
        return _after(self.counters.stop, TIER_WORDS * len(self.tiers))

    @cached_property
    def groups(self) -> slice:
        """The bitmaps of message groups."""
        return _after(self.tier_records.stop, GROUP_BITMAPS * GROUP_BITMAP_WORDS)

    @cached_property
    def downstream(self) -> slice:
        """What this worker says of each queue's downstream."""
        return _after(self.groups.stop, DOWNSTREAM_HEAD + DOWNSTREAM_WORDS * len(self.queues))

    @cached_property
    def arrivals(self) -> slice:
        """The ring of arrivals by second of sending, of all messages."""
        return _after(_whole_pages(self.downstream.stop), ARRIVAL_CELLS)

    def pinned_arrivals(self, tier: int) -> slice:
        """The ring of those that do not go by the clock but are in ``tier`` for good, whose pages are its own."""
        return _after(int(self.arrivals.stop) + tier * ARRIVAL_CELLS, ARRIVAL_CELLS)

    def tier_record(self, tier: int) -> int:
        """Where the record of ``tier`` begins."""
        return int(self.tier_records.start) + tier * TIER_WORDS

    def histogram(self, tier: int, stage: int) -> int:
        """Where cell 0 of one histogram lies."""
        return int(self.pinned_arrivals(len(self.tiers)).start) + (tier * len(Stage) + stage) * CELLS

    @cached_property
    def further_ids(self) -> slice:
        """Of each handler slot in turn: the ids of the messages that its call has beside the first one."""
        start = _whole_pages(self.histogram(len(self.tiers), 0))
        return _after(start, self.handler_slots * (self.batch_size - 1) * MESSAGE_ID_WORDS)

    @cached_property
    def row_words(self) -> int:
        """Length of one row."""
        return _whole_pages(self.further_ids.stop)

    def row(self, index: int) -> slice:
        """The words of row ``index``, 0 to ``workers``."""
        if not 0 <= index <= self.workers:
            raise IndexError(f"slot {index} is not on a board of {self.workers} workers and the autoscaler")
        return _after(_whole_pages(self.workers + 1) + index * self.row_words, self.row_words)

    @cached_property
    def size_bytes(self) -> int:
        """Of the whole board; what was never written takes no memory."""
        return int(self.row(self.workers).stop) * WORD_BYTES


def _after(start: int, length: int) -> slice:
    return slice(start, start + length)


def _whole_pages(words: int) -> int:
    return -(-words // PAGE_WORDS) * PAGE_WORDS
