"""Copies of one message that its producer sent to two regions: the second one waits for what becomes of the first."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from punctuald.delivery.board_ports import CopiesPort, KnownCopy
from punctuald.delivery.in_flight import Fate, InFlight, InFlightTable
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.model import COPY, Message, Outcome, OutcomeKind
from punctuald.policy.receive.copies import copies_key, is_completed, known_seconds

from .group_order import GroupOrder

LOOK_SECONDS = 0.25
"""How often one that waits looks whether the first one is done: it is a copy, and nobody waits for it."""

AT_A_HANDLER = "another region's copy of it is at a handler"


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
        redrive: Redrive,
        record: OutcomeRecord,
        table: CopiesPort,
        release: Callable[[InFlight], None],
    ) -> None:
        self._attribute = options.deduplication_attribute
        self._known_seconds = known_seconds(self._attribute)
        self._clock = context.clock
        self._groups = groups
        self._redrive = redrive
        self._table = table
        self._release = release
        self._stopping = False
        self._record = record
        self._holds = context.holds
        self._waiting: dict[InFlight, None] = {}  # in the order in which they came
        self._firsts: set[InFlight] = set()
        self._pid = os.getpid()
        items.watch = self

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
            return self._waits(item)
        self._waiting.pop(item, None)
        self._firsts.add(item)
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

    def stop(self) -> None:
        """None waits any more: the worker would wait for another one's handler. They go back; those that would not come
        again run."""
        self._stopping = True
        for item in tuple(self._waiting):
            self._ends_waiting(item)

    def _ends_waiting(self, item: InFlight) -> None:
        if self._redrive.is_last_receive(item):
            self._groups.resume(item)
        else:
            self._release(item)

    def _waits(self, item: InFlight) -> bool:
        """Hold it; True where it runs beside the first one instead."""
        if self._must_run(item):
            self._waiting.pop(item, None)
            return True
        item.outcome = Outcome(OutcomeKind.WAIT, AT_A_HANDLER)
        if item not in self._waiting:
            self._waiting[item] = None
            self._record.held(item, AT_A_HANDLER, LOOK_SECONDS)
        self._groups.hold(item, self._clock.mono() + LOOK_SECONDS)
        if self._stopping:
            self._release(item)
        return False

    def _must_run(self, item: InFlight) -> bool:
        """Where it can't be held any longer, and would not come again; or where too many are: messages that nothing but
        their time keeps need the room, and while none is left nothing is received."""
        is_last = self._redrive.is_last_receive(item) and (self._stopping or item.ran_before_stop)
        return is_last or self._holds.is_half_full

    def _drop(self, item: InFlight) -> bool:
        item.outcome = COPY
        return False

    def _was_done(self, item: InFlight) -> bool:
        """In an earlier delivery, whose lease was lost."""
        first = self._table.first(item.id, item.id, item.message.region)
        return first is not None and first.is_settled

    def _enter(self, key: str, item: InFlight, *, is_settled: bool) -> None:
        self._table.enter(key, item.id, item.message.region, self._pid, self._clock.mono(), is_settled=is_settled)

    def ended(self, items: Sequence[InFlight]) -> None:
        """See `Watch.ended`: copies need not wait until the source, which may be away, knows of it as well."""
        for item in items:
            self._waiting.pop(item, None)
            if not is_completed(item.outcome):
                self._let_go(item)
                continue
            self._firsts.discard(item)
            key = self._key(item.message)
            if key:
                self._enter(key, item, is_settled=True)
            if item.lease_lost:
                self.lease_lost(item)

    def lease_lost(self, item: InFlight) -> None:
        """See `Watch.lease_lost`: of one that is done, its own next delivery is to be deleted unrun."""
        if is_completed(item.outcome) and not self._was_done(item):
            self._enter(item.id, item, is_settled=True)
            self._record.done_may_run_again(item)

    def gone(self, items: Sequence[InFlight]) -> None:
        """See `Watch.gone`."""
        for item in items:
            self._waiting.pop(item, None)
            self._let_go(item)  # where it went without an end
            if item.fate is Fate.LEASE_LOST:
                self.lease_lost(item)

    def _let_go(self, item: InFlight) -> None:
        """Another one may be the first."""
        if item in self._firsts:
            self._firsts.remove(item)
            self._table.forget(self._key(item.message), item.id)

    def _key(self, message: Message) -> str:
        return copies_key(message, self._attribute)


def _is_alive(pid: int) -> bool:
    """Whether that worker is: a dead one's messages come back."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
