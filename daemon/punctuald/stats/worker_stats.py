"""The writing side of one slot: what a worker says of itself.

One process writes a slot, with several threads that a lock keeps apart. Words are stored by ``memoryview.cast("Q")``
item assignment, which is one 8-byte store: ``struct.pack_into`` zeroes the bytes first and shows readers the zeros.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from threading import Lock

from punctuald.model import Counter, Sample, Stage

from . import arrivals, groups, instant
from .histogram import MICROSECONDS, cells_of
from .instant import MILLISECONDS
from .layout import (
    ARRIVALS_VERSION,
    BROKER_AHEAD,
    END,
    HEARTBEAT,
    LOW,
    MAX,
    MET,
    MISSED,
    NEWEST_SENT,
    OUTCOME_WORDS,
    PID,
    READY,
    SEQUENCE,
    START,
    SUM,
    SUMMARY_WORDS,
    WORD_VALUES,
    Layout,
    Words,
)
from .recent import RecentRuns
from .running import RunningTable

_COUNTERS = len(Counter)


class WorkerStats:
    """The writer of one slot. Make it after the fork, in the process that is to write: the lock is its own."""

    def __init__(self, words: Words, directory: Words, layout: Layout) -> None:
        self._words = words
        self._directory = directory
        self._running = RunningTable(words[layout.running])
        self._counters = words[layout.counters]
        self._arrivals = words[layout.arrivals]
        self._groups = words[layout.groups]
        self._tiers = tuple(
            (layout.tier_record(tier), tuple(layout.histogram(tier, stage) for stage in Stage))
            for tier in range(len(layout.tiers))
        )
        self._recent = RecentRuns()
        self._lock = Lock()

    def attach(self, pid: int, now_mono: float) -> None:
        """Take the slot over: gauges begin anew, counts go on from where the last writer left them."""
        clear_gauges(self._words, self._running)
        self._words[PID] = pid
        self.heartbeat(now_mono)
        self._directory[0] += 1  # last: from here on readers look at the slot

    def heartbeat(self, now_mono: float) -> None:
        """The worker's main loop is alive."""
        self._words[HEARTBEAT] = instant.to_word(now_mono)

    def ready(self, now_mono: float, start_seconds: float) -> None:
        """The worker has received for the first time and is of use, ``start_seconds`` after its fork."""
        self._words[START] = round(start_seconds * MICROSECONDS)
        self._words[READY] = instant.to_word(now_mono)  # last: it says that the other is there

    def leaving(self) -> None:
        """The worker takes no more messages: it finishes what it has, and is no capacity any longer."""
        self._words[READY] = instant.NONE

    def count(self, queue: int, counter: Counter, n: int = 1) -> None:
        """Add ``n`` (0 or more) to ``counter`` of the queue with index ``queue``."""
        with self._lock:
            self._counters[queue * _COUNTERS + counter] += n

    def arrivals(self, sent_utcs: Sequence[float]) -> None:
        """Messages sent at these times, on the broker's clock, were delivered for the first time."""
        if not sent_utcs:
            return
        newest_ms = int(max(sent_utcs) * MILLISECONDS)
        with self._lock:
            for second, n in Tally(map(int, sent_utcs)).items():
                arrivals.record(self._arrivals, second, n)
            self._words[NEWEST_SENT] = max(self._words[NEWEST_SENT], newest_ms)
            self._words[ARRIVALS_VERSION] += 1

    def group(self, queue: int, group: str, now_mono: float) -> None:
        """A message of this group came in, from the queue with index ``queue``."""
        with self._lock:
            groups.record(self._groups, queue, group, now_mono)

    def broker_ahead(self, seconds: float) -> None:
        """The broker's clock is ahead of ours by ``seconds`` (below 0: behind)."""
        self._words[BROKER_AHEAD] = round(seconds * MILLISECONDS) % WORD_VALUES

    def sample(self, samples: Sequence[Sample]) -> None:
        """Record where acknowledged messages' time went. Ten at once cost half of what they cost one by one."""
        by_tier: dict[int, list[Sample]] = {}
        for sample in samples:
            by_tier.setdefault(sample.tier, []).append(sample)
        for tier, same in by_tier.items():
            self._sample(tier, same, tuple(zip(*map(_stages_us, same), strict=True)))

    def _sample(self, tier: int, samples: Sequence[Sample], stages_us: Sequence[Sequence[int]]) -> None:
        met = sum(sample.met for sample in samples)
        record, histograms = self._tiers[tier]
        words = self._words
        with self._lock:
            words[SEQUENCE] += 1
            try:
                words[record + MET] += met
                words[record + MISSED] += len(samples) - met
                _record_stages(words, record + OUTCOME_WORDS, histograms, stages_us)
            finally:  # an exception thrown into this thread must not leave the slot unreadable
                words[SEQUENCE] += 1
            self._recent.add(stages_us[Stage.RUN])

    def running(self, slot: int, message_id: str, queue: int, now_mono: float) -> None:
        """Handler slot ``slot`` begins to run a message; call it before the handler."""
        self._running.start(slot, message_id, queue, now_mono)

    def idle(self, slot: int) -> None:
        """Handler slot ``slot`` runs nothing."""
        self._running.stop(slot)

    def mean_run_seconds(self) -> float | None:
        """Mean run time of this worker's recent messages; None before the first. Without a lock: it is one value."""
        return self._recent.mean_seconds

    def p99_run_seconds(self) -> float | None:
        """99th percentile of the run time of this worker's recent messages; None before the first."""
        with self._lock:
            return self._recent.p99_seconds()


def clear_gauges(words: Words, running: RunningTable) -> None:
    """Nobody writes this slot now. A sample that a killed writer left half written stays as it is.

    That can put one stage ahead of another by what was settled in one call. Every word on its own only ever grew, so no
    total goes back.
    """
    for gauge in (PID, READY, HEARTBEAT):
        words[gauge] = 0
    running.clear()
    if words[SEQUENCE] % 2:
        words[SEQUENCE] += 1


def _stages_us(sample: Sample) -> tuple[int, int, int, int, int, int]:
    """Whole microseconds by stage, end to end last. Clocks of two machines can disagree: below zero is zero."""
    produce = int(sample.produce_seconds * MICROSECONDS + 0.5) if sample.produce_seconds > 0 else 0
    queue = int(sample.queue_seconds * MICROSECONDS + 0.5) if sample.queue_seconds > 0 else 0
    buffer = int(sample.buffer_seconds * MICROSECONDS + 0.5) if sample.buffer_seconds > 0 else 0
    run = int(sample.run_seconds * MICROSECONDS + 0.5) if sample.run_seconds > 0 else 0
    settle = int(sample.settle_seconds * MICROSECONDS + 0.5) if sample.settle_seconds > 0 else 0
    return produce, queue, buffer, run, settle, produce + queue + buffer + run + settle


def _record_stages(words: Words, summary: int, histograms: Sequence[int], stages_us: Sequence[Sequence[int]]) -> None:
    """``stages_us``: for each stage, every message's."""
    for histogram, durations_us in zip(histograms, stages_us, strict=True):
        highest = max(durations_us)
        if highest:
            cells = cells_of(durations_us)
            _widen(words, summary, min(cells), max(cells))
            for cell in cells:
                words[histogram + cell] += 1
            words[summary + SUM] += sum(durations_us)
            words[summary + MAX] = max(words[summary + MAX], highest)
        else:  # as for the time from event to send, where producers don't tell it
            _widen(words, summary, 0, 0)
            words[histogram] += len(durations_us)
        summary += SUMMARY_WORDS


def _widen(words: Words, summary: int, lowest: int, highest: int) -> None:
    """Keep these cells within the touched range; END 0 says that there is none yet."""
    end = words[summary + END]
    if not end or lowest < words[summary + LOW]:
        words[summary + LOW] = lowest
    if highest >= end:
        words[summary + END] = highest + 1
