"""Which messages a receive may be given, and in which order: a standard queue's way and a FIFO queue's."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Protocol

from chaos.sqs.stored import StoredMessage


class Order(Protocol):
    """Told of every change of a message's state."""

    def add(self, message: StoredMessage) -> None:
        """It is in the queue now, hidden for its delay."""

    def show(self, message: StoredMessage) -> None:
        """It can be received (again)."""

    def take(self, message: StoredMessage) -> None:
        """It was received and is in flight."""

    def remove(self, message: StoredMessage) -> None:
        """It left the queue."""

    def pick(self, limit: int) -> list[StoredMessage]:
        """Up to ``limit`` that can be received now."""


class StandardOrder:
    """First come, first served. SQS promises no order, and this is as good as any other."""

    def __init__(self) -> None:
        self._visible: dict[int, StoredMessage] = {}

    def add(self, message: StoredMessage) -> None:
        """See `Order.add`."""

    def show(self, message: StoredMessage) -> None:
        """See `Order.show`."""
        self._visible[message.sequence] = message

    def take(self, message: StoredMessage) -> None:
        """See `Order.take`."""
        self._visible.pop(message.sequence, None)

    def remove(self, message: StoredMessage) -> None:
        """See `Order.remove`."""
        self._visible.pop(message.sequence, None)

    def pick(self, limit: int) -> list[StoredMessage]:
        """See `Order.pick`."""
        return list(islice(self._visible.values(), limit))


class FifoOrder:
    """Within a group in the order of sending; nothing of a group while one of its messages is in flight.

    As many messages of one group as there are go into one answer before another group's turn comes.
    Source: Amazon SQS Developer Guide, "FIFO queue delivery logic".
    """

    def __init__(self) -> None:
        self._groups: dict[str, dict[int, StoredMessage]] = {}
        self._visible: set[int] = set()
        self._in_flight: Counter[str] = Counter()

    def add(self, message: StoredMessage) -> None:
        """See `Order.add`."""
        self._groups.setdefault(_group(message), {})[message.sequence] = message

    def show(self, message: StoredMessage) -> None:
        """See `Order.show`."""
        self._visible.add(message.sequence)
        if message.in_flight:
            self._in_flight[_group(message)] -= 1

    def take(self, message: StoredMessage) -> None:
        """See `Order.take`."""
        self._visible.discard(message.sequence)
        self._in_flight[_group(message)] += 1

    def remove(self, message: StoredMessage) -> None:
        """See `Order.remove`."""
        group = _group(message)
        self._visible.discard(message.sequence)
        if message.in_flight:
            self._in_flight[group] -= 1
        del self._groups[group][message.sequence]
        if not self._groups[group]:
            del self._groups[group]

    def pick(self, limit: int) -> list[StoredMessage]:
        """See `Order.pick`. A group that was picked from goes behind the others, so that all have their turn."""
        picked: list[StoredMessage] = []
        for group in [name for name in self._groups if not self._in_flight[name]]:
            head = self._visible_head(group, limit - len(picked))
            if head:
                picked += head
                self._groups[group] = self._groups.pop(group)
            if len(picked) == limit:
                break
        return picked

    def _visible_head(self, group: str, limit: int) -> list[StoredMessage]:
        """Its first messages, up to the first that is hidden."""
        head: list[StoredMessage] = []
        for sequence, message in self._groups[group].items():
            if sequence not in self._visible or len(head) == limit:
                break
            head.append(message)
        return head


def _group(message: StoredMessage) -> str:
    assert message.group is not None, "a FIFO queue takes no message without a group"
    return message.group
