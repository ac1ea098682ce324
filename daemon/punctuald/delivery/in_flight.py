"""One message in flight, its state, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import IntEnum, StrEnum
from typing import Protocol

from punctuald.model import Message, Outcome
from punctuald.policy.delivery.tiers import TierTarget

from .queue_options import QueueOptions


class State(IntEnum):
    """Where a message is between its receive and its fate. An integer, because the table below is looked up four times
    for each message."""

    RECEIVED = 0  # in the table, not yet looked at
    READY = 1  # may start, or waits behind others of its group
    RUNNING = 2  # given to a handler
    HELD = 3  # waits on purpose: a failed head of a group, what is due later, what needs a downstream
    SETTLING = 4  # its handler has ended, or it goes back: the source is being asked to do it
    GONE = 5  # no longer in flight: `InFlight.fate` says what became of it


NEXT: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.READY, State.SETTLING, State.GONE}),
    State.READY: frozenset({State.RUNNING, State.HELD, State.SETTLING, State.GONE}),
    State.RUNNING: frozenset({State.READY, State.HELD, State.SETTLING}),
    State.HELD: frozenset({State.READY, State.SETTLING, State.GONE}),
    State.SETTLING: frozenset({State.GONE}),
    State.GONE: frozenset(),
}
"""A message goes from running back to ready where a straggling micro-batch had not begun it. A message that runs never
becomes GONE directly: its handler ends first, or is given up and the message settled."""

_FROM = tuple(sum(1 << before for before in State if after in NEXT[before]) for after in State)
"""For each state, the states from which it may be reached: one bit each."""

RECEIVED, READY, RUNNING, HELD, SETTLING, GONE = State
"""For code that runs once a message: looking a member up in its enum takes several times as long as a module's name."""


class Fate(StrEnum):
    """What became of a message that is no longer in flight."""

    ACKNOWLEDGED = "acknowledged"  # deleted: done or discarded
    DEAD_LETTERED = "dead_lettered"
    RELEASED = "released"  # given back: comes again
    LEASE_LOST = "lease_lost"  # the source had taken it back already: comes again
    LEFT_TO_EXPIRE = "left_to_expire"  # still ours when the process ended: comes again when its lease is over


class IllegalTransition(AssertionError):
    """A fault of ours: the worker must not go on with a message that is in two places."""


class InFlight:
    """A message from its receive until the source confirmed what became of it.

    Mutable, and compared by identity: it is the one place where a message's state is. While it runs, ``started_mono``,
    ``finished_mono`` and ``outcome`` are its handler thread's to write; everything else is the event loop's.
    """

    __slots__ = (
        "deadline_mono",
        "failing_since_mono",
        "fate",
        "finished_mono",
        "group",
        "has_waited",
        "id",
        "is_early",
        "is_suspect",
        "lease_lost",
        "lease_until_mono",
        "message",
        "options",
        "outcome",
        "queue",
        "queue_seconds",
        "ran_before_stop",
        "ready_from_mono",
        "received_mono",
        "releasing",
        "renewed_with",
        "started_mono",
        "state",
        "takes_room",
        "tier_target",
    )

    def __init__(
        self,
        message: Message,
        options: QueueOptions,
        target: TierTarget,
        received_mono: float,
        lease_until_mono: float,
    ) -> None:
        queue_seconds = message.received_utc - message.sent_utc
        if queue_seconds < 0:  # two clocks may say so
            queue_seconds = 0.0
        self.id = message.id  # the same for every copy of it
        self.queue = options.index
        self.group = message.group  # what its order is kept within; None where order does not matter
        if message.partition and message.group is not None:  # no order is kept between partitions, whatever their keys
            self.group = f"{message.partition}/{message.group}"
        self.message = message
        self.options = options
        self.tier_target = target
        self.received_mono = received_mono
        # Kept, because a redelivered copy with a later time of receive may replace the message; the wait ended now.
        self.queue_seconds = queue_seconds
        # From here on only the monotonic clock counts: a wall clock set by hand can't make anything late.
        self.deadline_mono = received_mono + target.threshold_seconds - queue_seconds - target.produce_seconds
        self.ready_from_mono = received_mono  # or its due time, where that is later
        self.is_early = False  # it came before its due time, and has not run since
        self.lease_until_mono = lease_until_mono
        self.lease_lost = False
        self.renewed_with: dict[InFlight, None] | None = None  # those whose lease is renewed together with this one
        self.started_mono = 0.0  # 0 = its handler has not been called
        self.finished_mono = 0.0
        self.failing_since_mono = 0.0  # the start of the first of its tries that failed; 0 = none did
        self.outcome: Outcome | None = None
        self.state = RECEIVED
        self.releasing = False  # its settlement is a release: a copy that comes then is a new delivery
        self.has_waited = False  # its handler was called with it, and wanted it later or found its downstream away
        self.ran_before_stop = False  # at its last receive, though not due: there was no time left to hold it
        self.is_suspect = False  # a worker died while it ran this: it runs with nothing beside it
        self.takes_room = False  # of the prefetch budget: waits to start, or runs
        self.fate: Fate | None = None

    def move(self, to: State) -> None:
        """Change its state. Raises `IllegalTransition` where `NEXT` does not have the way."""
        move_all((self,), to)

    def count_from(self, due_mono: float, produce_seconds: float = 0.0) -> None:
        """It may run from ``due_mono`` on, and its tier counts from there. What was before that was asked for, and is
        in none of its stages, but for ``produce_seconds``."""
        target = self.tier_target
        if target.produce_seconds != produce_seconds:
            self.tier_target = replace(target, produce_seconds=produce_seconds)
        self.queue_seconds = max(0.0, self.received_mono - due_mono)
        self.ready_from_mono = max(self.received_mono, due_mono)
        self.deadline_mono = due_mono + target.threshold_seconds - produce_seconds

    def holds(self, message: Message) -> bool:
        """Whether ``message`` bears the receipt handle that is valid now: a redelivery brings a newer one."""
        return self.message.receipt_handle == message.receipt_handle


def move_all(items: Iterable[InFlight], to: State) -> None:
    """Change the state of each: `InFlight.move`, without a call for each message."""
    allowed_from = _FROM[to]
    for item in items:
        if not allowed_from >> item.state & 1:
            raise IllegalTransition(f"message {item.id}: {item.state.name} → {to.name}")
        item.state = to


class Watch(Protocol):
    """Who wants to hear what becomes of messages: see `InFlightTable.watch`."""

    def ended(self, items: Sequence[InFlight]) -> None:
        """What becomes of them is known; their source is not yet."""
        ...

    def lease_lost(self, item: InFlight) -> None:
        """Others may have ``item`` now."""
        ...

    def gone(self, items: Sequence[InFlight]) -> None:
        """They are no longer in flight."""
        ...


class InFlightTable:
    """All messages in flight of one consumer, by message id."""

    def __init__(self) -> None:
        self._items: dict[str, InFlight] = {}
        self.settling = 0  # how many of these only wait for their settlement
        self.watch: Watch | None = None

    def __len__(self) -> int:
        return len(self._items)

    def all(self) -> tuple[InFlight, ...]:
        """Everything, in the order in which it came."""
        return tuple(self._items.values())

    def unsettled(self) -> list[InFlight]:
        """What waits, is held or runs, in the order in which it came."""
        return [item for item in self._items.values() if item.state < State.SETTLING]

    def take(self, items: Iterable[InFlight]) -> tuple[list[InFlight], list[InFlight], list[InFlight]]:
        """Take what was received. Returns three lists: the items that are new; the items in flight that have received
        copies; and the items that were just being given back and have come again.

        The source redelivers what it believes expired; of the two handles only the newer is sure to work. So a copy
        gives its receipt handle and its lease to the item in flight, and is then discarded. But an item that is being
        given back counts as gone, even before the source's answer: its copy is a new delivery and will run.
        """
        fresh: list[InFlight] = []
        renewed: list[InFlight] = []
        superseded: list[InFlight] = []
        table = self._items
        for item in items:
            held = table.setdefault(item.id, item)
            if held is item:
                fresh.append(item)
            elif held.releasing:
                self.remove((held,), Fate.RELEASED)
                table[item.id] = item
                superseded.append(held)
                fresh.append(item)
            else:
                held.message = item.message.repeated(held.message.repeats)
                held.lease_until_mono, held.lease_lost = item.lease_until_mono, False
                renewed.append(held)
        return fresh, renewed, superseded

    def settle(self, items: Iterable[InFlight]) -> list[InFlight]:
        """Mark ``items`` as completed here. Returns them without those that were settled or are gone already."""
        completed = [item for item in items if item.state < SETTLING]
        move_all(completed, SETTLING)
        self.settling += len(completed)
        if self.watch is not None:
            self.watch.ended(completed)
        return completed

    def lease_lost(self, item: InFlight) -> None:
        """Others may have ``item`` now; it stays here."""
        if self.watch is not None:
            self.watch.lease_lost(item)

    def remove(self, items: Sequence[InFlight], fate: Fate) -> None:
        """Forget ``items``, which met ``fate``."""
        table = self._items
        self.settling -= sum([item.state is SETTLING for item in items])
        move_all(items, GONE)
        for item in items:
            item.fate = fate
            del table[item.id]
        if self.watch is not None:
            self.watch.gone(items)
