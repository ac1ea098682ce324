"""One message in our hands, and the table of all of them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from punctuald.model import Message, Outcome
from punctuald.policy.sla import Promise

from .terms import QueueTerms


class Fate(StrEnum):
    """How a message left our hands."""

    ACKNOWLEDGED = "acknowledged"  # deleted: done or discarded
    DEAD_LETTERED = "dead_lettered"
    RELEASED = "released"  # given back: comes again
    LEASE_LOST = "lease_lost"  # the source had taken it back already: comes again
    LEFT_TO_EXPIRE = "left_to_expire"  # still ours when the process ended: comes again when its lease is over


class InFlight:
    """A message from its receive until the source confirmed what became of it.

    Mutable, and compared by identity: it is the one place where a message's state is. Each field has one writer:
    ``message`` and ``lease_until_mono`` the receiver and the keeper, ``kept_with`` and ``lease_lost`` the keeper,
    ``started_mono`` the buffer or the handler slot, ``outcome`` the slot, ``finished_mono`` the slot or the settler,
    ``fate`` the settler.
    """

    __slots__ = (
        "deadline_mono",
        "fate",
        "finished_mono",
        "group",
        "id",
        "kept_with",
        "lease_lost",
        "lease_until_mono",
        "message",
        "outcome",
        "promise",
        "queue",
        "queue_seconds",
        "received_mono",
        "started_mono",
        "terms",
    )

    def __init__(
        self, message: Message, terms: QueueTerms, promise: Promise, received_mono: float, lease_until_mono: float
    ) -> None:
        queue_seconds = message.received_utc - message.sent_utc
        age_seconds = queue_seconds + promise.produce_seconds
        self.id = message.id  # the same for every copy of it
        self.queue = terms.index
        # What its order is kept within; None where order does not matter.
        self.group = None if message.group is None else (terms.index, message.group)
        self.message = message
        self.terms = terms
        self.promise = promise
        self.received_mono = received_mono
        # A redelivered copy, with its own, later, time of receive, replaces the message, but the wait ended now.
        self.queue_seconds = queue_seconds if queue_seconds > 0 else 0.0
        # From here on only the monotonic clock counts: a wall clock set by hand can't make anything late.
        self.deadline_mono = received_mono + promise.threshold_seconds - (age_seconds if age_seconds > 0 else 0.0)
        self.lease_until_mono = lease_until_mono
        self.lease_lost = False
        self.kept_with: dict[InFlight, None] | None = None  # those whose lease is renewed together with this one
        self.started_mono: float | None = None
        self.finished_mono: float | None = None
        self.outcome: Outcome | None = None
        self.fate: Fate | None = None


UNSETTLED_FREE = 100
"""Of one queue, ten acknowledgements of ten: where more of them wait, they can't keep up, and receiving must wait."""


class Hands:
    """Everything in our hands, by queue and message id. Thread safe; its lock is held for table look-ups only.

    A message is *pending* until a handler finished with it (or it is given back): that is what receivers make room by.
    Afterwards it waits for its settlement, and occupies nothing but this table and its lease.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[int, dict[str, InFlight]] = defaultdict(dict)  # by queue
        self._pending: dict[int, dict[InFlight, None]] = defaultdict(dict)  # sets that keep their order, as groups need

    def __len__(self) -> int:
        return sum(map(len, tuple(self._items.values())))

    @property
    def pending(self) -> int:
        """How many are waiting or running."""
        return sum(map(len, tuple(self._pending.values())))

    def occupied_for(self, queue: int) -> int:
        """How many take up room from receivers of ``queue``: what is pending, of whatever queue, and what could not be
        settled of this one for so long that it piles up."""
        # `get`, as without the lock no table may be added: another thread may be going through them.
        unsettled = len(self._items.get(queue, ())) - len(self._pending.get(queue, ()))
        return self.pending + max(0, unsettled - UNSETTLED_FREE)

    def all(self) -> tuple[InFlight, ...]:
        """Everything, queue by queue in the order in which it came."""
        with self._lock:
            return tuple(item for table in self._items.values() for item in table.values())

    def pending_items(self) -> tuple[InFlight, ...]:
        """What is waiting or running, queue by queue in the order in which it came."""
        with self._lock:
            return tuple(item for table in self._pending.values() for item in table)

    def take(self, items: Iterable[InFlight]) -> tuple[list[InFlight], list[InFlight]]:
        """Take what was received. Returns the items that are new, and those in our hands that some are copies of.

        The source redelivers what it believes expired; of the two handles only the newer is sure to work. So a copy
        gives its receipt handle and its lease to the one in our hands, and is nothing itself.
        """
        fresh: list[InFlight] = []
        renewed: list[InFlight] = []
        with self._lock:
            for item in items:
                held = self._items[item.queue].setdefault(item.id, item)
                if held is item:
                    self._pending[item.queue][item] = None
                    fresh.append(item)
                else:
                    held.message, held.lease_until_mono, held.lease_lost = item.message, item.lease_until_mono, False
                    renewed.append(held)
        return fresh, renewed

    def finish(self, items: Iterable[InFlight]) -> list[InFlight]:
        """They run no more. Returns each to its first caller only, so a message is settled once even when two meet."""
        with self._lock:
            return [item for item in items if self._pending[item.queue].pop(item, item) is None]

    def remove(self, settled: Iterable[tuple[InFlight, Message]], fate: Fate) -> list[InFlight]:
        """Let go of each item, settled under the handle of the message beside it; returns those that were.

        Nothing happens to one whose handle a redelivery replaced meanwhile: the newer copy is still out.
        """
        with self._lock:
            gone = [item for item, message in settled if item.message is message]
            for item in gone:
                self._pending[item.queue].pop(item, None)
                self._items[item.queue].pop(item.id, None)
                item.fate = fate
            return gone
