"""How long the queues are, asked for on a thread of its own, so that no decision and no heartbeat waits for a network.

Time-outs alone would not do: looking up a name (getaddrinfo) has none, and takes half a minute where no name server
answers, which is as long as a process may be silent before it counts as hung.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.model import Backlog
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.ports import BacklogGauge

log = structlog.get_logger()

ANSWER_SECONDS = 15.0
"""A gauge's client takes 5 s to connect and 5 s to read, for its queue's address and its counts.
What is older than this and an interval is not known."""

_LEAVE_SECONDS = 0.2


class BacklogPoller:
    """The sum over all queues, `read_once` by the thread's `run`, and given by `backlog` to the thread that decides."""

    def __init__(
        self, gauges: Sequence[BacklogGauge], clock: Clock, interval_seconds: float, jitter: Callable[[], float]
    ) -> None:
        self._gauges = gauges
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._jitter = jitter
        self._newest: Backlog | None = None
        self._errors = 0
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
        newest = self._newest
        if newest is None or self._clock.mono() - newest.read_mono > self._interval_seconds + ANSWER_SECONDS:
            return None
        return newest

    def run(self) -> None:
        """Read until `stop`."""
        try:
            while not self._stopped.wait(self.read_once()):
                pass
        except BaseException as error:  # noqa: BLE001 - raised again where it ends the process, in `backlog`
            self._defect = error

    def read_once(self) -> float:
        """Ask every queue; returns the seconds until that is due again, fewer or more while it fails."""
        try:
            self._newest = _added_up([gauge.read() for gauge in self._gauges])
        except SourceError as error:
            self._newest = None  # unknown is not zero
            if self._errors == 0:
                log.warning("scale.backlog_unknown", error=str(error))
            self._errors += 1
            return error_backoff_seconds(self._errors, self._jitter())
        self._errors = 0
        return self._interval_seconds


def _added_up(depths: Sequence[Backlog]) -> Backlog:
    return Backlog(
        visible=sum(depth.visible for depth in depths),
        in_flight=sum(depth.in_flight for depth in depths),
        delayed=sum(depth.delayed for depth in depths),
        read_mono=min(depth.read_mono for depth in depths),
    )
