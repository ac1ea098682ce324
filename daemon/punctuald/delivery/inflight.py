"""One message in our hands, and the table of all of them."""

from __future__ import annotations

import threading
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
    ``message`` and ``lease_until_mono`` the receiver and the keeper, ``started_mono`` the buffer, ``outcome`` and
    ``finished_mono`` the handler slot, ``lease_lost`` the keeper, ``fate`` the settler.
    """

    __slots__ = (
        "deadline_mono",
        "fate",
        "finished_mono",
        "first_received_utc",
        "lease_lost",
        "lease_until_mono",
        "message",
        "outcome",
        "promise",
        "received_mono",
        "started_mono",
        "terms",
    )

    def __init__(
        self, message: Message, terms: QueueTerms, promise: Promise, *, received_mono: float, lease_until_mono: float
    ) -> None:
        age_seconds = max(0.0, message.received_utc - promise.origin_utc)
        self.message = message
        self.terms = terms
        self.promise = promise
        self.received_mono = received_mono
        self.first_received_utc = message.received_utc  # a redelivered copy replaces the message, not this
        # From here on only the monotonic clock counts: a wall clock set by hand can't make anything late.
        self.deadline_mono = received_mono + promise.threshold_seconds - age_seconds
        self.lease_until_mono = lease_until_mono
        self.lease_lost = False
        self.started_mono: float | None = None
        self.finished_mono: float | None = None
        self.outcome: Outcome | None = None
        self.fate: Fate | None = None

    @property
    def id(self) -> str:
        """The message's id, the same for every copy of it."""
        return self.message.id

    @property
    def queue(self) -> int:
        """The index of its queue in the configuration."""
        return self.terms.index

    @property
    def group(self) -> tuple[int, str] | None:
        """What its order is kept within; None where order does not matter."""
        return None if self.message.group is None else (self.terms.index, self.message.group)


class Hands:
    """Everything in our hands, by queue and message id. Thread safe; its lock is held for table look-ups only.

    A message is *pending* until a handler finished with it (or it is given back): that is what receivers make room by.
    Afterwards it waits for its settlement, and occupies nothing but this table and its lease.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[tuple[int, str], InFlight] = {}
        self._pending: dict[InFlight, None] = {}  # a set that keeps its order: groups are given back in it

    def __len__(self) -> int:
        return len(self._items)

    @property
    def pending(self) -> int:
        """How many are waiting or running."""
        return len(self._pending)

    def all(self) -> tuple[InFlight, ...]:
        """Everything, in the order in which it came."""
        with self._lock:
            return tuple(self._items.values())

    def pending_items(self) -> tuple[InFlight, ...]:
        """What is waiting or running, in the order in which it came."""
        with self._lock:
            return tuple(self._pending)

    def add(self, item: InFlight) -> None:
        """Take a message that is not in our hands yet."""
        with self._lock:
            self._items[item.queue, item.id] = item
            self._pending[item] = None

    def renew(self, queue: int, message: Message, lease_until_mono: float) -> InFlight | None:
        """If a copy of ``message`` is in our hands, give that one the new receipt handle and lease, and return it.

        The source redelivers what it believes expired; of the two handles only the newer is sure to work.
        """
        with self._lock:
            item = self._items.get((queue, message.id))
            if item is not None:
                item.message, item.lease_until_mono, item.lease_lost = message, lease_until_mono, False
            return item

    def finish(self, item: InFlight) -> bool:
        """It runs no more. True for the first caller only, so a message is settled once even when two ends meet."""
        with self._lock:
            first = item in self._pending
            self._pending.pop(item, None)
            return first

    def remove(self, item: InFlight, settled: Message, fate: Fate) -> bool:
        """Let go of ``item``, settled under the handle of ``settled``.

        False, and nothing happens, where a redelivery replaced the handle meanwhile: the newer copy is still out.
        """
        with self._lock:
            if item.message is not settled:
                return False
            self._pending.pop(item, None)
            self._items.pop((item.queue, item.id), None)
            item.fate = fate
            return True
