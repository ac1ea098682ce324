"""The writing side of one slot: what a worker says of itself.

One process writes a slot, with several threads that a lock keeps apart. Words are stored by ``memoryview.cast("Q")``
item assignment, which is one 8-byte store: ``struct.pack_into`` zeroes the bytes first and shows readers the zeros.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from threading import Lock

from punctuald.model import Counter, Sample, Stage

from . import arrivals, groups, instant
from .histogram import MICROSECONDS, cells_of, microseconds
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
from .running import RunningSlot, RunningTable

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
        newest_utc = max(sent_utcs)
        with self._lock:
            if int(min(sent_utcs)) == int(newest_utc):  # as nearly always
                arrivals.record(self._arrivals, int(newest_utc), len(sent_utcs))
            else:
                for second, n in Tally(map(int, sent_utcs)).items():
                    arrivals.record(self._arrivals, second, n)
            self._words[NEWEST_SENT] = max(self._words[NEWEST_SENT], int(newest_utc * MILLISECONDS))
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
        for tier, same in _by_tier(samples):
            _, _, *stages, met = zip(*same, strict=True)
            self._sample(tier, sum(met), _with_end_to_end(stages))

    def _sample(self, tier: int, met: int, stages: Sequence[Sequence[float]]) -> None:
        record, histograms = self._tiers[tier]
        words = self._words
        with self._lock:
            words[SEQUENCE] += 1
            try:
                words[record + MET] += met
                words[record + MISSED] += len(stages[0]) - met
                _record_stages(words, record + OUTCOME_WORDS, histograms, stages)
            finally:  # an exception thrown into this thread must not leave the slot unreadable
                words[SEQUENCE] += 1
            self._recent.add(stages[Stage.RUN])

    def slot(self, number: int) -> RunningSlot:
        """What handler slot ``number`` says of itself."""
        return self._running.slot(number)

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


def _by_tier(samples: Sequence[Sample]) -> Iterable[tuple[int, Sequence[Sample]]]:
    tiers = {sample.tier for sample in samples}
    if len(tiers) == 1:  # as nearly always
        return ((samples[0].tier, samples),)
    return ((tier, [sample for sample in samples if sample.tier == tier]) for tier in tiers)


def _with_end_to_end(stages: Iterable[Sequence[float]]) -> list[Sequence[float]]:
    """By stage, every message's seconds; end to end last. Two machines' clocks can disagree: below zero is zero."""
    given = [stage if min(stage) >= 0 else [max(0.0, seconds) for seconds in stage] for stage in stages]
    return [*given, list(map(sum, zip(*given, strict=True)))]


def _record_stages(words: Words, summary: int, histograms: Sequence[int], stages: Sequence[Sequence[float]]) -> None:
    """``stages``: for each stage, every message's seconds."""
    for histogram, durations in zip(histograms, stages, strict=True):
        longest = max(durations)
        if longest:
            cells = cells_of(durations)
            _widen(words, summary, min(cells), max(cells))
            for cell in cells:
                words[histogram + cell] += 1
            words[summary + SUM] += microseconds(sum(durations))
            words[summary + MAX] = max(words[summary + MAX], microseconds(longest))
        else:  # as for the time from event to send, where producers don't tell it
            _widen(words, summary, 0, 0)
            words[histogram] += len(durations)
        summary += SUMMARY_WORDS


def _widen(words: Words, summary: int, lowest: int, highest: int) -> None:
    """Keep these cells within the touched range; END 0 says that there is none yet."""
    end = words[summary + END]
    if not end or lowest < words[summary + LOW]:
        words[summary + LOW] = lowest
    if highest >= end:
        words[summary + END] = highest + 1
