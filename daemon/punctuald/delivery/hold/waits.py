"""Messages of one queue that are due later, by their handlers or their producers: held here where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from punctuald.delivery.in_flight import InFlight, State
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.due_clock import DueClock
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs.user_text import behind
from punctuald.model import Outcome, OutcomeKind
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.policy.delivery.retry import in_place_seconds
from punctuald.policy.delivery.waiting import Waiting, where_to_wait

from .group_order import GroupOrder

NOT_YET_DUE = "not yet due"


class Waits:
    """Waiting is not a try: it takes no handler slot, and no receive as long as the message can be held.

    ``release`` gives an item back to its source, with its whole group.
    """

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        groups: GroupOrder,
        redrive: Redrive,
        record: OutcomeRecord,
        due_clock: DueClock,
        release: Callable[[InFlight], None],
    ) -> None:
        self._options = options
        self._context = context
        self._clock = context.clock
        self._groups = groups
        self._redrive = redrive
        self._record = record
        self._due_clock = due_clock
        self._release = release
        self._drain_until_mono: float | None = None

    def stays(self, item: InFlight, outcome: Outcome) -> bool:
        """Whether it was held, or runs again; else it is to be settled by its outcome, which says now how. To be called
        with what `asked` returned."""
        return self.holds(item, outcome, outcome.after_seconds or 0.0)

    def holds(self, item: InFlight, outcome: Outcome, seconds: float) -> bool:
        """The same of any that has run and is to run again in ``seconds``; its tier counts on."""
        item.has_waited = True
        return self._waits(item, outcome, in_place_seconds(seconds))

    def asked(self, item: InFlight, outcome: Outcome) -> Outcome:
        """Its handler wants it later: its tier counts from then, whatever becomes of it. Returns its outcome with that
        time in seconds from now."""
        seconds = in_place_seconds(self._seconds(outcome))
        self._due_clock.asked(item, seconds)
        item.outcome = outcome = replace(outcome, after_seconds=seconds, until_utc=None)
        return outcome

    def may_start(self, item: InFlight) -> bool:
        """Whether the time of ``item``, which came before it and has not run, is there. If not, it is held as if its
        handler wanted it later, or it is to go back and has its outcome."""
        if self._due_clock.has_come(item):
            item.is_early = False
            return True
        seconds = item.ready_from_mono - self._clock.mono()
        self._waits(item, Outcome(OutcomeKind.WAIT, NOT_YET_DUE), seconds)
        return False

    def _waits(self, item: InFlight, outcome: Outcome, seconds: float) -> bool:
        item.outcome = replace(outcome, after_seconds=seconds, until_utc=None)
        match self._where(item, seconds):
            case Waiting.HOLD:
                self._record.held(item, outcome.reason, seconds)
                self._groups.hold(item, self._clock.mono() + seconds)
                return True
            case Waiting.RUN_NOW:
                self._run_now(item)
                return True
            case Waiting.RELEASE if item.group is not None:
                self._record.bounced(item, outcome.reason, ceil(seconds))
                self._groups.hold(item, self._clock.mono() + seconds)
                self._due_clock.goes_back(item)
                self._release(item)
                return True
            case Waiting.RELEASE:
                self._due_clock.goes_back(item)
                return False
            case Waiting.FAIL:
                item.outcome = Outcome(OutcomeKind.FAILED, behind("still waits at its last receive: ", outcome.reason))
                return False

    def stop(self, drain_until_mono: float) -> None:
        """What is due by then runs. The rest goes back until its time, or runs now if it would not come again."""
        self._drain_until_mono = drain_until_mono
        for item in self._groups.held_past(drain_until_mono):
            if not self.runs_now(item):
                self._due_clock.goes_back(item)
                self._release(item)

    def runs_now(self, item: InFlight) -> bool:
        """Whether it was held for later, and runs now instead: it would not come again."""
        waits = item.state is State.HELD and item.outcome is not None and item.outcome.kind is OutcomeKind.WAIT
        if not (waits and self._redrive.is_last_receive(item)):
            return False
        self._run_now(item)
        return True

    def _where(self, item: InFlight, seconds: float) -> Waiting:
        left = None if self._drain_until_mono is None else self._drain_until_mono - self._clock.mono()
        return where_to_wait(
            seconds,
            hold_seconds=self._options.wait_hold_seconds,
            is_full=self._context.holds.is_full,
            is_last_receive=self._redrive.is_last_receive(item),
            stops_in_seconds=left,
            ran_before_stop=item.ran_before_stop,
        )

    def _seconds(self, outcome: Outcome) -> float:
        """Up to what a source can hide it for: a handler may ask for anything, infinity included."""
        if outcome.until_utc is not None:
            return min(outcome.until_utc - self._clock.utc(), LONGEST_LEASE_SECONDS)
        return min(outcome.after_seconds or 0.0, LONGEST_LEASE_SECONDS)

    def _run_now(self, item: InFlight) -> None:
        item.ran_before_stop = True
        self._due_clock.has_come(item)
        if item.state is not State.HELD:
            self._groups.hold(item, self._clock.mono())
        self._groups.resume(item)
