"""What this package reads and writes on the board, which it knows by these ports only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from punctuald.model import Metric, Samples
from punctuald.policy.delivery.downstream import Report
from punctuald.policy.delivery.due_time import AskedDue


class StatsPort(Protocol):
    """The worker's own row of the board. Called on the event loop only."""

    def count(self, queue: int, metric: Metric, n: int = 1) -> None:
        """Add ``n`` to one metric of one queue."""
        ...

    def arrivals(self, queue: int, sent_utcs: Sequence[float]) -> None:
        """Messages of the queue with index ``queue`` were sent at these times on the broker's clock, or due then where
        that is later; said once of each, when it is first delivered and due."""
        ...

    def pinned_arrivals(self, tier: int, sent_utcs: Sequence[float]) -> None:
        """Of these, those of the tier with index ``tier`` that name it, or whose queue does; said after `arrivals`."""
        ...

    def limited_arrivals(self, sent_utcs: Sequence[float]) -> None:
        """The same as `arrivals` and `pinned_arrivals`, of a queue with limits, instead of these."""
        ...

    def groups(self, queue: int, names: set[str], now_mono: float) -> None:
        """Messages of these groups came in, from the queue with index ``queue``."""
        ...

    def broker_ahead(self, seconds: float) -> None:
        """The broker's clock is ahead of this machine's by ``seconds`` (below 0: behind)."""
        ...

    def saturated(self, queue: int, *, yes: bool) -> None:
        """Whether the queue with index ``queue`` brings as much as this worker can do, and more is waiting."""
        ...

    def held(self, messages: int) -> None:
        """So many messages wait in this worker because their handlers want them later, all queues together."""
        ...

    def sample(self, samples: Samples) -> None:
        """Record where the time of messages went; all were acknowledged by one call to the source."""
        ...

    def slow_run(self, queue: int, seconds: float, message_id: str) -> None:
        """A handler was at this message for so long, and at no other of the same call for longer."""
        ...


class DueTablePort(Protocol):
    """The due times that messages went back with, as all workers of this daemon know them. Bounded, so that of very
    many the earliest are forgotten; then a message counts from its send again."""

    def enter(self, message_id: str, asked: AskedDue) -> None:
        """From now on its tier counts from then."""
        ...

    def asked_of(self, message_id: str) -> AskedDue | None:
        """The last one; None where none is known."""
        ...


class KnownCopy(Protocol):
    """What is known of the first of some copies: see `stats.board.tables.copies`."""

    @property
    def is_settled(self) -> bool: ...

    @property
    def pid(self) -> int: ...

    @property
    def since_mono(self) -> float: ...

    @property
    def is_same(self) -> bool: ...

    @property
    def is_same_region(self) -> bool: ...


class CopiesPort(Protocol):
    """What runs, and what was settled, of messages that may come twice, as all workers of this daemon know it. Bounded:
    of very many those are forgotten that were settled first."""

    def first(self, key: str, message_id: str, region: str) -> KnownCopy | None:
        """The first copy with that ``key``, for one with that id in that region; None where none is known."""
        ...

    def enter(self, key: str, message_id: str, region: str, pid: int, now_mono: float, *, is_settled: bool) -> None:
        """This message is the first of its copies: with that process, or settled."""
        ...

    def forget(self, key: str, message_id: str) -> None:
        """It is so no more."""
        ...


class DownstreamPort(Protocol):
    """The reports of all workers of this host, of which this one writes its own. Called on the event loop only."""

    def changes(self) -> int:
        """Moves with each change of any report."""
        ...

    def reports(self, queue: int) -> tuple[int, Sequence[Report]]:
        """All reports on the queue with index ``queue``, in the order in which workers are to probe; and the place of
        this worker's own among them."""
        ...

    def say(self, queue: int, report: Report) -> None:
        """This worker's report; whether it is ready is known already."""
        ...
