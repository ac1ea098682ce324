"""Whether what one queue's handlers call is away, as all workers of this host know it together."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import inf

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs import logger
from punctuald.policy.delivery.downstream import (
    UP,
    Agreed,
    Report,
    agreed,
    is_away,
    is_same,
    probe_due_mono,
    prober,
    within_reason,
)
from punctuald.policy.log_lines.rate import REMINDER_SECONDS

LATEST = 1.0
"""The jitter by which a probe is due at the latest: each worker draws its own, and none knows another one's."""

log = logger()


class Outage:
    """Reads what the other workers say of the queue, says what this one found out, and logs what changed."""

    def __init__(self, options: QueueOptions, context: WorkerContext) -> None:
        self._queue = options.index
        self._queue_name = options.name
        self._clock = context.clock
        self._jitter = context.jitter
        self._board = context.downstreams
        self._seen_changes: int | None = None
        self._place = 0
        self._reports: Sequence[Report] = ()
        self._own = Report()
        self._drawn = context.jitter()
        self._reminded_mono = 0.0
        self._downstream = self._reason = ""
        self.state: Agreed = UP

    @property
    def is_news(self) -> bool:
        """Whether any worker said anything since `refresh`."""
        return self._board.changes() != self._seen_changes

    def refresh(self) -> None:
        """Read all reports. What others know is said again by this worker, so that it outlives them."""
        self._seen_changes = self._board.changes()
        self._place, self._reports = self._board.reports(self._queue)
        self._own, self.state = self._reports[self._place], agreed(self._reports)
        if not is_same(self._own.down_mono, self.state.down_mono):  # what handlers asked for was of an earlier outage
            self._say(self._own._replace(down_mono=self.state.down_mono, not_before_mono=0.0))
        if not is_same(self._own.up_mono, self.state.up_mono):
            self._say(self._own._replace(up_mono=self.state.up_mono))

    @property
    def is_own_turn(self) -> bool:
        """Whether this worker is the one that probes, and a probe is due."""
        now_mono = self._clock.mono()
        overdue_seconds = now_mono - probe_due_mono(self.state, LATEST)
        return (
            now_mono >= probe_due_mono(self.state, self._drawn)
            and prober(self._reports, overdue_seconds) == self._place
        )

    @property
    def held(self) -> int:
        """How many messages wait for it, in all workers that are ready."""
        return sum(each.held for each in self._reports if each.ready)

    def since_up_seconds(self) -> float:
        """For how long the queue has been back; infinite where it was never down."""
        return self._clock.mono() - self.state.up_mono if self.state.up_mono else inf

    def raised(self, item: InFlight, downstream: str, reason: str, retry_after: float | None) -> None:
        """The handler of ``item`` found it away. Takes the queue down where another message did so too."""
        now_mono, raised_by = self._clock.mono(), _short_digest(item.id)
        self._downstream, self._reason = downstream, reason
        not_before_mono = 0.0 if retry_after is None else now_mono + within_reason(retry_after)
        if self.state.is_down and not_before_mono > self._own.not_before_mono:
            self._say(self._own._replace(not_before_mono=not_before_mono))
            self.refresh()
        if self.state.is_down or item.started_mono <= self.state.up_mono:
            return  # nothing new: what began before it was back says nothing of now
        self.refresh()
        goes_down = is_away(raised_by, self._reports, self.state.up_mono, now_mono) and not self.state.is_down
        self._say(self._own._replace(raised_mono=now_mono, raised_by=raised_by))
        if goes_down:
            self._go_down(now_mono, not_before_mono)
        self.refresh()

    def probed(self) -> None:
        """A probe begins."""
        self._drawn = self._jitter()
        self._say(self._own._replace(probed_mono=self._clock.mono(), probes=self.state.probes + 1))
        self.refresh()

    def passed(self) -> None:
        """A message that began after it went down had another outcome: it is back."""
        now_mono, down_mono = self._clock.mono(), self.state.down_mono
        self._say(self._own._replace(up_mono=now_mono))
        log.info(
            "downstream.up",
            queue=self._queue_name,
            name=self._downstream,
            seconds=round(now_mono - down_mono, 3),
            held=self.held,
        )
        self.refresh()

    def says(self, held: int, done_mono: float) -> None:
        """So many wait here for it, and so late one was done here."""
        self._say(self._own._replace(held=held, done_mono=done_mono))

    def remind(self) -> None:
        """Say so where it has lasted long, and this worker is the one that asks."""
        now_mono = self._clock.mono()
        since_mono = max(self.state.down_mono, self._reminded_mono)
        if now_mono - since_mono < REMINDER_SECONDS or prober(self._reports) != self._place:
            return
        self._reminded_mono = now_mono
        log.warning(
            "downstream.still_down",
            queue=self._queue_name,
            name=self._downstream,
            reason=self._reason,
            seconds=round(now_mono - self.state.down_mono, 3),
            held=self.held,
        )

    def _go_down(self, now_mono: float, not_before_mono: float) -> None:
        self._drawn = self._jitter()
        self._say(self._own._replace(down_mono=now_mono, not_before_mono=not_before_mono))
        log.warning("downstream.down", queue=self._queue_name, name=self._downstream, reason=self._reason)

    def _say(self, report: Report) -> None:
        if report != self._own:
            self._board.say(self._queue, report)
            self._own = report


def _short_digest(message_id: str) -> int:
    return int.from_bytes(blake2b(message_id.encode(errors="replace"), digest_size=8).digest())
