"""What can be measured of a simulated pool, as the daemon's board and the source's gauge would say it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

import numpy as np

from punctuald.model import Arrivals
from punctuald.simulate.scalers.scaler import DepthSample
from punctuald.simulate.trace.stamps import PLACE_BITS, PLACE_MASK, SECOND, seconds_of
from punctuald.stats.board import arrivals
from punctuald.stats.figures import service_tail

from .serving import Serving
from .setup import DepthGauge, Setup
from .traffic import Traffic

MEAN_SECONDS = 60.0
TAIL_EVERY_SECONDS = 30.0
TAIL_SAMPLES = 20_000


class ArrivalsSeen:
    """First deliveries by the second of their sending; brought up to date at each tick, not counted anew."""

    def __init__(self, traffic: Traffic, serving: Serving, begin_utc: int) -> None:
        self._sent = traffic.sent.data
        self._serving = serving
        self._begin_utc = begin_utc
        last = int(traffic.sent[-1] // SECOND) + 2 if traffic.messages else 1
        self._first_of_second = np.searchsorted(traffic.sent, np.arange(last + 1, dtype=np.int64) * SECOND).tolist()
        self._complete: deque[tuple[int, int]] = deque()
        self._second = 0  # the first one that is not complete
        self.received = 0

    def look(self, now: int, window: int) -> tuple[Arrivals, float | None]:
        """The arrivals, and when the newest was sent."""
        oldest_utc = now // SECOND + self._begin_utc - arrivals.WINDOW_SECONDS + 1
        if self._serving.broker.shuffled:
            return self._out_of_order(oldest_utc)
        # Fewer workers hold fewer messages back, but what was received once stays counted.
        self.received = max(self.received, self._serving.received(now, window))
        self._complete_seconds()
        while self._complete and self._complete[0][0] < oldest_utc:
            self._complete.popleft()
        begun = self.received - self._first_of_second[self._second]
        last = ((self._begin_utc + self._second, begun),) if begun > 0 else ()
        newest = self._begin_utc + seconds_of(self._sent[self.received - 1]) if self.received else None
        return (*self._complete, *last), newest

    def _complete_seconds(self) -> None:
        first = self._first_of_second
        while self._second + 2 < len(first) and first[self._second + 1] <= self.received:
            count = first[self._second + 1] - first[self._second]
            if count:
                self._complete.append((self._begin_utc + self._second, count))
            self._second += 1

    def _out_of_order(self, oldest_utc: int) -> tuple[Arrivals, float | None]:
        broker = self._serving.broker
        counts = broker.received_seconds
        self.received = broker.first_deliveries
        for second in [second for second in counts if second + self._begin_utc < oldest_utc]:
            del counts[second]
        newest = self._begin_utc + seconds_of(broker.newest_sent) if self.received else None
        return tuple(sorted((self._begin_utc + second, count) for second, count in counts.items())), newest


class OwnArrivalsSeen:
    """The same of one of several daemons: of what its own workers, which have these ``places``, have started.

    A message that fails counts for the daemon that has it in the end. With several daemons none is held back unstarted.
    """

    def __init__(self, traffic: Traffic, serving: Serving, begin_utc: int, places: range) -> None:
        self._sent = traffic.sent.data
        self._serving = serving
        self._begin_utc = begin_utc
        self._places = places
        self._counts: Counter[int] = Counter()
        self._newest_sent = -1
        self._next = 0
        self._unstarted: list[int] = []

    def look(self, now: int, _window: int) -> tuple[Arrivals, float | None]:
        """See `ArrivalsSeen.look`."""
        self._claim()
        oldest = now // SECOND - arrivals.WINDOW_SECONDS + 1
        for second in [second for second in self._counts if second < oldest]:
            del self._counts[second]
        newest = self._begin_utc + seconds_of(self._newest_sent) if self._newest_sent >= 0 else None
        return tuple(sorted((self._begin_utc + second, count) for second, count in self._counts.items())), newest

    def _claim(self) -> None:
        ends, received = self._serving.ended.data, self._serving.broker.next
        looked_at = [*self._unstarted, *range(self._next, received)]
        self._next = max(self._next, received)
        self._unstarted = [index for index in looked_at if not ends[index]]
        for index in looked_at:
            if ends[index] and (ends[index] & PLACE_MASK) in self._places:
                self._counts[self._sent[index] // SECOND] += 1
                self._newest_sent = max(self._newest_sent, self._sent[index])


class ServiceSeen:
    """The mean of the last minute and the 99.5th percentile of the last ten.

    Only of messages that were started so long ago that they have usually ended, because a real daemon knows a service
    time only at its end.
    """

    def __init__(self, traffic: Traffic, serving: Serving, setup: Setup) -> None:
        self._serving = serving
        self._service = traffic.service
        self._lag_seconds = min(5 * setup.service.mean_seconds, MEAN_SECONDS)
        self._looks: deque[tuple[float, float, int]] = deque([(0.0, 0.0, 0)])  # (when, work started, starts)
        self._mean: float | None = None
        self._tail: float | None = None
        self._tail_due = 0.0
        self._tail_looks: deque[tuple[float, int]] = deque()

    def look(self, now: float) -> tuple[float | None, float | None]:
        """(mean, 99.5th percentile) in seconds; None while nothing is known."""
        self._looks.append((now, self._serving.started_work, self._serving.starts))
        newest = self._before(now - self._lag_seconds)
        while len(self._looks) > 1 and self._looks[0][0] < now - self._lag_seconds - MEAN_SECONDS:
            self._looks.popleft()
        _, work_before, starts_before = self._looks[0]
        if newest is not None and newest[2] > starts_before:
            self._mean = (newest[1] - work_before) / (newest[2] - starts_before)
        if newest is not None and now >= self._tail_due:
            self._look_at_tail(now, newest[2])
        return self._mean, self._tail

    def _before(self, moment: float) -> tuple[float, float, int] | None:
        return next((look for look in reversed(self._looks) if look[0] <= moment), None)

    def _look_at_tail(self, now: float, starts: int) -> None:
        # Service times do not depend on the order of service, so any sample of that size stands for those that ended.
        if starts < service_tail.FEWEST_MESSAGES:
            return
        self._tail_due = now + TAIL_EVERY_SECONDS
        self._tail_looks.append((now, starts))
        while len(self._tail_looks) > 1 and self._tail_looks[0][0] < now - service_tail.WINDOW_SECONDS:
            self._tail_looks.popleft()
        begun = self._tail_looks[0][1] if now > service_tail.WINDOW_SECONDS else 0
        first = max(0, min(begun, starts - service_tail.FEWEST_MESSAGES), starts - TAIL_SAMPLES)
        recent = self._service[first : min(starts, len(self._service))]
        if len(recent):
            self._tail = float(np.quantile(recent >> PLACE_BITS, service_tail.QUANTILE)) / 1e6


@dataclass(frozen=True, slots=True)
class _Depth:
    at_seconds: float
    visible: int
    in_flight: int


class DepthSeen:
    """The source's attributes as of the last time of asking: a while old by then, and not exact."""

    def __init__(self, gauge: DepthGauge, seed: int, number: int = 0) -> None:
        self._gauge = gauge
        self._history: deque[_Depth] = deque()
        self._sample: _Depth | None = None
        self._due = 0.0
        self._rng = np.random.default_rng((seed, 5, number) if number else (seed, 5))

    def note(self, now: float, visible: int, in_flight: int) -> None:
        """The truth now."""
        self._history.append(_Depth(now, visible, in_flight))
        old = now - self._gauge.stale_seconds
        while len(self._history) > 1 and self._history[1].at_seconds <= old:
            self._history.popleft()
        if now >= self._due:
            self._due = now + self._gauge.interval_seconds
            truth = self._history[0]
            self._sample = _Depth(truth.at_seconds, self._noisy(truth.visible), self._noisy(truth.in_flight))

    def read(self, now: float) -> DepthSample | None:
        """What the source said last."""
        if self._sample is None:
            return None
        return DepthSample(self._sample.visible, self._sample.in_flight, now - self._sample.at_seconds)

    def _noisy(self, count: int) -> int:
        return max(0, round(count * (1 + self._gauge.noise_share * float(self._rng.standard_normal()))))
