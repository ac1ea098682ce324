"""What a run came to, where that does not settle the message yet: it waits in flight, and runs here again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf

from punctuald.delivery.in_flight import InFlight, InFlightTable, State
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.due_clock import DueClock
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.settle.settlement import FAILED_OUTCOMES, metric_of, retry_seconds
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs.user_text import behind
from punctuald.model import Outcome, OutcomeKind
from punctuald.policy.delivery.retry import in_place_seconds

from .copies import Copies
from .downstream import Downstream
from .group_order import GroupOrder
from .uncounted import Uncounted
from .waits import Waits


@dataclass(frozen=True, slots=True)
class Calls:
    """What the consumer's other parts do. ``release_group`` gives a message back with its group, ``dead_letter`` moves
    one for a reason; ``withdraw`` takes back what waits to start, False where it does not; ``receive_on`` is called
    when more may be received. ``polls_seconds`` says how long the receives under way may last, 0 where none is, and
    ``has_slot`` whether a handler can start now."""

    release_group: Callable[[InFlight], None]
    dead_letter: Callable[[InFlight, str], None]
    withdraw: Callable[[InFlight], bool]
    receive_on: Callable[[], None]
    polls_seconds: Callable[[], float]
    has_slot: Callable[[], bool]


class AfterRun:
    """One queue's. Its parts hold what waits: for a time (``waits``), for a downstream, for another worker."""

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        groups: GroupOrder,
        table: InFlightTable,
        redrive: Redrive,
        record: OutcomeRecord,
        due_clock: DueClock,
        calls: Calls,
    ) -> None:
        self._context = context
        self._clock = context.clock
        self._groups = groups
        self._redrive = redrive
        self._record = record
        self._due_clock = due_clock
        self._calls = calls
        self._ordered = options.source.ordered
        self._retry_limits = options.retry_limits
        self._drain_until_mono = inf
        release = calls.release_group
        self._copies = None
        if options.region is not None and context.copies is not None:
            self._copies = Copies(options, context, groups, table, redrive, record, context.copies, release)
        self.waits = Waits(options, context, groups, redrive, record, due_clock, release=release)
        self.downstream = Downstream(
            options,
            context,
            groups,
            table,
            redrive,
            self.waits,
            withdraw=calls.withdraw,
            release=release,
            receive_on=calls.receive_on,
            has_slot=calls.has_slot,
        )
        self._uncounted = Uncounted(
            context, groups, redrive, record, release=release, polls_seconds=calls.polls_seconds
        )

    @property
    def looks_at_each(self) -> bool:
        """Whether any message may have to wait before its first run, for a copy of it."""
        return self._copies is not None

    def may_start(self, item: InFlight) -> bool:
        """Whether it need not wait for a copy of it; else it is held, or has its outcome."""
        return self._copies is None or self._copies.may_start(item)

    def stop(self, drain_until_mono: float) -> None:
        """What is held beyond ``drain_until_mono`` goes back, with its group, hidden from polls of ours that are still
        under way."""
        self._groups.least_hidden_seconds = self._calls.polls_seconds
        self._drain_until_mono = drain_until_mono
        self.downstream.stop()
        if self._copies is not None:
            self._copies.stop()
        self.waits.stop(drain_until_mono)

    def end(self) -> None:
        """Nothing held starts any more. No poll is waited for, or what goes back waits until it is over."""
        self._groups.least_hidden_seconds = lambda: 0.0
        self._groups.stop()
        self.downstream.end()

    def overstayed(self, item: InFlight) -> None:
        """It waits, and its lease can't be renewed much longer: it goes back with its group. Where its group's head, or
        itself, would not come again, that runs now, or as soon as it can."""
        head = self._groups.head_of(item)
        if not (self._redrive.is_last_receive(head) and self._runs_now(head)):
            self._calls.release_group(item)

    def _runs_now(self, item: InFlight) -> bool:
        return item.state is State.READY or self.waits.runs_now(item) or self.downstream.runs_now(item)

    def stays(self, item: InFlight, *, may_run_again: bool) -> bool:
        """Whether it is not settled yet. One whose lease is lost always is, for others may have completed it by now."""
        outcome = item.outcome
        if outcome is None or item.state is not State.RUNNING:
            return False
        if outcome.kind is OutcomeKind.RETRY and outcome.after_seconds:
            self._asked_again(item, outcome)
        elif outcome.kind is OutcomeKind.WAIT:
            outcome = self.waits.asked(item, outcome)
        if item.lease_lost or not may_run_again:
            return False
        return self._is_held(item, outcome)

    def _is_held(self, item: InFlight, outcome: Outcome) -> bool:
        if outcome.illness and self._uncounted.takes(item, outcome):
            return True
        if outcome.kind is OutcomeKind.WAIT:
            return self.waits.stays(item, outcome)
        if outcome.kind is OutcomeKind.UNAVAILABLE:
            if self.downstream.stays(item, outcome):
                return True
            outcome = item.outcome or outcome  # which says now what instead
        return self._ordered and outcome.kind in FAILED_OUTCOMES and self._tried_again_here(item, outcome)

    def _asked_again(self, item: InFlight, outcome: Outcome) -> None:
        """Its handler named when to try it next: its tier counts from there. A source hides it for whole seconds."""
        seconds = retry_seconds(item, outcome, 0.0)
        self._due_clock.asked(item, in_place_seconds(seconds) if self._ordered else ceil(seconds))

    def _is_used_up(self, item: InFlight) -> bool:
        """Whether the try that failed was the last one that it has."""
        item.failing_since_mono = item.failing_since_mono or item.started_mono
        failing_seconds = self._clock.mono() - item.failing_since_mono
        reached = self._retry_limits.are_reached(item.message.tries, failing_seconds)
        return reached or self._redrive.is_used_up(item)

    def _tried_again_here(self, item: InFlight, outcome: Outcome) -> bool:
        """It is a head that failed, and stays because what is behind it must not overtake."""
        counter = metric_of(outcome)
        if self._is_used_up(item):
            self._context.stats.count(item.queue, counter)
            self._calls.dead_letter(
                item, behind(f"failed at its last try, number {item.message.tries}: ", outcome.reason)
            )
            return True
        seconds = in_place_seconds(retry_seconds(item, outcome, self._context.jitter()))
        self._record.tried_again_in_place(item, counter, outcome.reason, seconds)
        self._groups.hold(item, self._clock.mono() + seconds)
        if self._clock.mono() + seconds > self._drain_until_mono:
            self._calls.release_group(item)
        return True
