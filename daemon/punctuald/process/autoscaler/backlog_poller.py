"""How long the queues are, asked for on a thread of its own, so that no decision and no heartbeat waits for a network.

Time-outs alone would not do: looking up a name (getaddrinfo) has none, and takes half a minute where no name server
answers, which is as long as a process may be silent before it counts as hung.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.errors import SourceError, SourceMissing
from punctuald.logs import logger
from punctuald.model import Backlog
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.ports import BacklogGauge

log = logger()

ANSWER_SECONDS = 15.0
"""A gauge's client takes 5 s to connect and 5 s to read, for its queue's address and its counts.
What is older than this and an interval is not known."""

NOT_YET_SECONDS = 1.0
"""Who can't know it yet is asked again so soon."""

OUTAGE_SECONDS = 10.0
"""A region that did not answer for so long was away; for less, it may have been one reading that failed."""

APART_SECONDS = 60.0
"""For so long what a region was found to have at its return does not count."""

_LEAVE_SECONDS = 0.2


class BacklogPoller:
    """The sum over all queues, `read_once` by the thread's `run`, and given by `backlog` to the thread that decides.
    Queues that are ``down``, by index, count as empty: nobody could handle what waits there.

    Queues are asked each at its own pace, so that one that can't be counted neither slows the others down nor makes
    them be asked more often. The sum is known where each queue's depth is, or where it is known that nobody can have
    messages of it: workers for a queue that is not there would stand idle. A queue that may have messages, and doesn't
    say how many, leaves the sum unknown: without it the pool would be scaled in below what that queue needs.

    Of a queue that is one of several ``regions``, by index, the last count holds while it does not answer: nobody can
    have those messages, but they will come. When it is back, what it has more than that is late already, and is left
    out for a minute, so that no hundred workers are ordered for it at once.
    """

    def __init__(
        self,
        gauges: Sequence[BacklogGauge],
        clock: Clock,
        interval_seconds: float,
        jitter: Callable[[], float],
        down: Callable[[], Collection[int]] = tuple,
        regions: Collection[int] = (),
    ) -> None:
        self._depths = [
            _Depth(gauge, clock, interval_seconds, jitter, is_region=number in regions)
            for number, gauge in enumerate(gauges)
        ]
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._down = down
        self._known: Sequence[_Known] = ()
        self._defect: BaseException | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.run, name="backlog", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more. A call that hangs in the network is not waited for: its thread ends with the process."""
        self._stopped.set()
        self._thread.join(_LEAVE_SECONDS)

    def backlog(self) -> Backlog | None:
        """None = not known, or not known for long enough. Never waits.

        A defect that ended the thread is raised here: it is to end the process, not to be mistaken for an outage.
        """
        if self._defect is not None:
            raise self._defect
        down = self._down()
        newest = _added_up([each._replace(is_down=queue in down) for queue, each in enumerate(self._known)])
        if newest is None or self._clock.mono() - newest.read_mono > self._interval_seconds + ANSWER_SECONDS:
            return None
        return newest

    def depths(self) -> dict[int, Backlog]:
        """Of each queue, by its index, what it said last; those left out that do not say."""
        return {queue: each.newest for queue, each in enumerate(self._known) if each.newest is not None}

    def run(self) -> None:
        """Read until `stop`."""
        try:
            while not self._stopped.wait(self.read_once()):
                pass
        except BaseException as error:  # noqa: BLE001 - raised again where it ends the process, in `backlog`
            self._defect = error

    def read_once(self) -> float:
        """Ask every queue that is due; returns the seconds until the next one is."""
        for depth in self._depths:
            depth.read_if_due()
        self._known = tuple(depth.known() for depth in self._depths)
        due_mono = min((depth.due_mono for depth in self._depths), default=inf)
        return min(self._interval_seconds, max(0.0, due_mono - self._clock.mono()))


class _Known(NamedTuple):
    """What is known of one queue's depth. ``most_visible`` is how much of it counts; ``is_away``: it is the last count
    of a region that does not answer."""

    newest: Backlog | None
    is_missing: bool
    is_down: bool = False
    is_away: bool = False
    most_visible: float = inf

    @property
    def counts(self) -> Backlog | None:
        """What workers could do something about; None = unknown."""
        if self.newest and self.is_down:
            return replace(self.newest, visible=0, in_flight=0, delayed=0)
        if self.newest and self.newest.visible > self.most_visible:
            return replace(self.newest, visible=int(self.most_visible))
        return self.newest


class _Depth:
    """Asks one queue."""

    def __init__(
        self,
        gauge: BacklogGauge,
        clock: Clock,
        interval_seconds: float,
        jitter: Callable[[], float],
        *,
        is_region: bool,
    ) -> None:
        self._gauge = gauge
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._jitter = jitter
        self._is_region = is_region
        self._errors = 0
        self._before_visible = 0
        self._apart_until_mono = -inf
        self._since_mono = self._logged_mono = -inf
        self.due_mono = -inf
        self.newest: Backlog | None = None
        self.is_missing = False

    def known(self) -> _Known:
        """As of now."""
        apart = self._clock.mono() < self._apart_until_mono
        is_away = self._is_region and self._errors > 0
        most_visible = self._before_visible if apart and not is_away else inf
        return _Known(self.newest, self.is_missing, is_away=is_away, most_visible=most_visible)

    def read_if_due(self) -> None:
        """Ask, if it is time to."""
        if self._clock.mono() < self.due_mono:
            return
        try:
            newest = self._gauge.read()
        except SourceError as error:
            self._failed(error)
        else:
            if newest is not None:
                self._succeeded()
            self.newest, self.is_missing = newest, False
            wait_seconds = NOT_YET_SECONDS if newest is None else self._interval_seconds
            self.due_mono = self._clock.mono() + min(wait_seconds, self._interval_seconds)

    def _failed(self, error: SourceError) -> None:
        self.is_missing = isinstance(error, SourceMissing)
        if self.is_missing or not self._is_region:
            self.newest = None  # unknown is not zero
        now_mono = self._clock.mono()
        if self._errors == 0:
            self._since_mono = self._logged_mono = now_mono
            log.warning("scale.backlog_unknown", error=str(error))
        self._errors += 1
        if now_mono - self._logged_mono >= REMINDER_SECONDS:
            self._logged_mono = now_mono
            log.warning("scale.backlog_still_unknown", error=str(error), **self._so_far(now_mono))
        self.due_mono = now_mono + error_backoff_seconds(self._errors, self._jitter())

    def _succeeded(self) -> None:
        if self._errors:
            now_mono = self._clock.mono()
            log.info("scale.backlog_known", **self._so_far(now_mono))
            if self._is_region and now_mono - self._since_mono >= OUTAGE_SECONDS:
                self._before_visible = self.newest.visible if self.newest else 0
                self._apart_until_mono = now_mono + APART_SECONDS
        self._errors = 0

    def _so_far(self, now_mono: float) -> dict[str, float]:
        return {"seconds": round(now_mono - self._since_mono, 3), "failures": self._errors}


def _added_up(queues: Sequence[_Known]) -> Backlog | None:
    known = [counts for each in queues if (counts := each.counts) is not None]
    answering = [each.newest.read_mono for each in queues if each.newest is not None and not each.is_away]
    if not known or any(each.newest is None and not (each.is_missing or each.is_down) for each in queues):
        return None
    return Backlog(
        visible=sum(depth.visible for depth in known),
        in_flight=sum(depth.in_flight for depth in known),
        delayed=sum(depth.delayed for depth in known),
        read_mono=min(answering, default=-inf),
    )
