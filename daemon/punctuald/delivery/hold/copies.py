"""Copies of one message that its producer sent to two regions: the second one waits for what becomes of the first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import inf

from punctuald.delivery.board_ports import CopiesPort, KnownCopy
from punctuald.delivery.in_flight import Fate, InFlight, InFlightTable
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.model import COPY, Message, Outcome, OutcomeKind

from .group_order import GroupOrder

LOOK_SECONDS = 0.25
"""How often one that waits looks whether the first one is done: it is a copy, and nobody waits for it."""

KNOWN_SECONDS = 300.0
"""How long SQS itself knows a MessageDeduplicationId. A producer may use it again after that, and does without knowing
where it is the digest of the content."""

AT_A_HANDLER = "another region's copy of it is at a handler"
SETTLED = frozenset({Fate.ACKNOWLEDGED, Fate.DEAD_LETTERED})


class Copies:
    """Of one region of a queue, in one worker; ``table`` is on the board, and all workers of this daemon know it.

    Best effort: other daemons have tables of their own, the table is bounded, and two copies that come at the same
    moment may both run.
    """

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        groups: GroupOrder,
        items: InFlightTable,
        record: OutcomeRecord,
        table: CopiesPort,
    ) -> None:
        self._attribute = options.deduplication_attribute
        self._known_seconds = inf if self._attribute else KNOWN_SECONDS
        self._clock = context.clock
        self._groups = groups
        self._table = table
        self._record = record
        self._waiting: set[InFlight] = set()
        self._pid = os.getpid()
        items.on_gone = self._gone

    def may_start(self, item: InFlight) -> bool:
        """Whether ``item`` is the first of its copies, and has no settled one. If not, it is held, or has an outcome:
        it was done already."""
        message = item.message
        if message.receive_count > 1 and self._was_done(item):
            return self._drop(item)
        key = self._key(message)
        if not key:
            return True
        first = self._first_copy(key, item)
        if first is not None and first.is_settled:
            return self._drop(item)
        if first is not None and not first.is_same and _is_alive(first.pid):
            self._wait(item)
            return False
        self._enter(key, item, is_settled=False)
        return True

    def _first_copy(self, key: str, item: InFlight) -> KnownCopy | None:
        """The first one, where ``item`` is a copy of it: another message of the same region is none, whatever its
        producer called it."""
        first = self._table.first(key, item.id, item.message.region)
        if first is None or first.is_same:
            return first
        lapsed = first.is_settled and self._clock.mono() - first.since_mono >= self._known_seconds
        return None if first.is_same_region or lapsed else first

    def _wait(self, item: InFlight) -> None:
        item.outcome = Outcome(OutcomeKind.WAIT, AT_A_HANDLER)
        if item not in self._waiting:
            self._waiting.add(item)
            self._record.held(item, AT_A_HANDLER, LOOK_SECONDS)
        self._groups.hold(item, self._clock.mono() + LOOK_SECONDS)

    def _drop(self, item: InFlight) -> bool:
        item.outcome = COPY
        return False

    def _was_done(self, item: InFlight) -> bool:
        """In an earlier delivery, whose lease was lost."""
        first = self._table.first(item.id, item.id, item.message.region)
        return first is not None and first.is_settled

    def _enter(self, key: str, item: InFlight, *, is_settled: bool) -> None:
        self._table.enter(key, item.id, item.message.region, self._pid, self._clock.mono(), is_settled=is_settled)

    def _gone(self, items: Sequence[InFlight]) -> None:
        """They are no longer in flight."""
        self._waiting.difference_update(items)
        for item in items:
            key = self._key(item.message)
            if not key or item.outcome is COPY:
                continue
            if item.fate in SETTLED:
                self._enter(key, item, is_settled=True)
            else:
                self._table.forget(key, item.id)

    def _key(self, message: Message) -> str:
        """What copies of it have in common; "" where its producer gave it no id."""
        if self._attribute:
            own_id = message.attributes.get(self._attribute, "")
            return f"{message.queue}\n{own_id}" if own_id else ""
        return f"{message.queue}\n{message.group}\n{message.deduplication_id}" if message.deduplication_id else ""


def _is_alive(pid: int) -> bool:
    """Whether that worker is: a dead one's messages come back."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
