"""Messages of one queue whose handlers find away what they call: held here until it is back, all but one that asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf

from punctuald.delivery.in_flight import InFlight, InFlightTable, State
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.timer import Timer
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs.user_text import behind
from punctuald.model import DONE, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.downstream import LONGEST_WAIT_SECONDS, Raised, alone_seconds, at_once

from .group_order import GroupOrder
from .outage import Outage
from .waits import Waits

LOOK_SECONDS = 0.2
"""How soon a worker learns what another one found out."""

_MOVING = frozenset({State.READY, State.RUNNING})


class Downstream:
    """While a queue is down nothing is received and nothing starts but one message at a time that probes; when that has
    any other outcome, the queue opens again little by little. A worker that stops looks out for outages no more.

    ``withdraw`` takes back what waits to start, False where it does not; ``release`` gives an item back with its group;
    ``receive_on`` is called when more may be received; ``has_slot`` says whether what is taken up can start at once.
    `watching` says that `ended` wants to hear of outcomes.
    """

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        groups: GroupOrder,
        table: InFlightTable,
        redrive: Redrive,
        waits: Waits,
        *,
        withdraw: Callable[[InFlight], bool],
        release: Callable[[InFlight], None],
        receive_on: Callable[[], None],
        has_slot: Callable[[], bool],
    ) -> None:
        self._context = context
        self._clock = context.clock
        self._groups = groups
        self._table = table
        self._redrive = redrive
        self._waits = waits
        self._withdraw = withdraw
        self._release = release
        self._receive_on = receive_on
        self._has_slot = has_slot
        self._outage = Outage(options, context)
        self._timer = Timer(context.clock, self._look)
        self._looked_mono = -inf
        self._is_open = True  # neither down nor coming back
        self._draining = False
        self._probe: InFlight | None = None
        self._probed_mono = -inf
        self._let_through: set[InFlight] = set()
        self._raised: dict[InFlight, Raised] = {}
        self._done_mono = 0.0
        self.watching = False

    # --- what the consumer asks and says

    def allowed(self) -> int | None:
        """How many messages may be asked for now; None = as many as there is room for."""
        self._look_if_due()
        if self._is_open:
            return None
        if self._outage.state.is_down:
            return 1 if self._may_probe() and not self._groups.aside else 0
        limit = at_once(self._outage.since_up_seconds())
        return None if limit is None else max(0, limit - self._busy() - len(self._groups.aside))

    def startable(self, items: Sequence[InFlight]) -> Sequence[InFlight]:
        """Those of ``items``, which are ready, that may start now. The others are held, or go back at a stop."""
        self._look_if_due()
        if self._is_open:
            return items
        passing = [item for item in items if item in self._let_through or self._runs_before_stop(item)]
        stopped = [item for item in items if item not in passing]
        for item in stopped:
            self._groups.set_aside(item)
            if self._draining:
                self._release(item)
        if stopped:
            self._go_on()
        return passing

    def stays(self, item: InFlight, outcome: Outcome) -> bool:
        """Its handler raised `Unavailable`. Whether it stays in flight; else it is to be settled by its outcome."""
        now_mono, before = self._clock.mono(), self._raised.get(item, Raised())
        self._context.stats.count(item.queue, Metric.UNAVAILABLE)
        item.has_waited = True
        self._let_through.discard(item)
        self._outage.raised(item, outcome.downstream, outcome.reason, outcome.after_seconds)
        passed_mono = max(self._done_mono, self._outage.state.up_mono)
        self._raised[item] = raised = before.again(passed_mono, now_mono, comes_back=self._is_coming_back())
        self.watching = True
        if raised.is_own_fault:
            del self._raised[item]
            item.outcome = Outcome(OutcomeKind.FAILED, behind("unavailable to this message alone: ", outcome.reason))
            return False
        if self._draining or not (self._outage.state.is_down or self._is_coming_back()):
            return self._waits_alone(item, outcome, raised)
        self._groups.set_aside(item)
        if self._is_open or self._outage.state.is_down:
            self._close()
        return True  # else the next one starts when one is done, or at the next look: not as fast as they can fail

    def ended(self, items: Sequence[InFlight]) -> None:
        """Handlers have ended for ``items``, each with its outcome."""
        passed = [item for item in items if item.outcome and item.outcome.kind is not OutcomeKind.UNAVAILABLE]
        for item in passed:
            self._raised.pop(item, None)
            self._let_through.discard(item)
        down_mono = self._outage.state.down_mono
        if any(item.outcome is DONE and item.started_mono > down_mono for item in passed):
            self._done_mono = self._clock.mono()
        if self._is_open:
            self.watching = bool(self._raised)
            return
        if self._outage.state.is_down and any(item.started_mono > down_mono for item in passed):
            self._outage.passed()
        if passed:
            self._go_on()

    def stop(self) -> None:
        """No receive begins any more. What is held goes back; what would not come again runs now."""
        self._draining = True
        self._timer.stop()
        for item in tuple(self._groups.aside):
            if self._redrive.is_last_receive(item):
                self._take_up(item)
            elif item in self._groups.aside:  # it may have gone with its group
                self._release(item)
        self._outage.says(0, self._done_mono)

    def runs_now(self, item: InFlight) -> bool:
        """Whether it was held until the queue is back, and runs now all the same: it would not come again."""
        if item not in self._groups.aside:
            return False
        self._take_up(item)
        return True

    def end(self) -> None:
        """Nothing held starts any more."""
        self._draining = True
        self._timer.stop()

    # --- what changes with time, and by other workers

    def _look_if_due(self) -> None:
        """While all is well others are asked what they know at most this often, and only if anything changed."""
        now_mono = self._clock.mono()
        if self._is_open and not self._draining and now_mono - self._looked_mono >= LOOK_SECONDS:
            self._looked_mono = now_mono
            self._forget_gone()
            if self._outage.is_news:
                self._outage.refresh()
                if self._outage.state.is_down or self._is_coming_back():
                    self._close()

    def _forget_gone(self) -> None:
        if self._raised:
            self._raised = {item: raised for item, raised in self._raised.items() if item.state < State.SETTLING}
            self.watching = bool(self._raised)

    def _look(self) -> None:
        self._outage.refresh()
        self._go_on()

    def _close(self) -> None:
        """Nothing starts any more by itself: what waits to is held."""
        if self._is_open:
            self._is_open, self.watching = False, True
            for item in self._table.all():
                if item.state is State.READY and self._withdraw(item):
                    self._groups.set_aside(item)
        self._go_on()

    def _go_on(self) -> None:
        """Do what is due: probe, or let more start."""
        if self._draining:
            return
        self._let_through = {item for item in self._let_through if item.state in _MOVING}
        self._outage.says(len(self._groups.aside) + len(self._let_through), self._done_mono)
        if self._outage.state.is_down:
            self._outage.refresh()
            self._outage.remind()
            self._probe_if_due()
        else:
            self._let_more_start()
        if not self._is_open:
            self._timer.by(self._clock.mono() + LOOK_SECONDS)
        self._receive_on()

    def _probe_if_due(self) -> None:
        if self._groups.aside and self._has_slot() and self._may_probe():
            self._probe, self._probed_mono = next(iter(self._groups.aside)), self._clock.mono()
            self._outage.probed()
            self._take_up(self._probe)

    def _may_probe(self) -> bool:
        """Whether it is this worker's turn and no probe is under way, or only one that hangs."""
        under_way = self._probe is not None and self._probe.state in _MOVING
        if under_way and self._clock.mono() - self._probed_mono < LONGEST_WAIT_SECONDS:
            return False
        return self._outage.is_own_turn

    def _let_more_start(self) -> None:
        limit = at_once(self._outage.since_up_seconds())
        while self._groups.aside and (limit is None or self._busy() < limit):
            self._take_up(next(iter(self._groups.aside)))
        if limit is None:
            self._is_open, self.watching = True, bool(self._raised)
            self._let_through.clear()
            self._outage.says(0, self._done_mono)

    def _take_up(self, item: InFlight) -> None:
        self._let_through.add(item)
        self._groups.take_up(item)

    def _busy(self) -> int:
        return sum(item.state in _MOVING for item in self._let_through)

    def _is_coming_back(self) -> bool:
        return at_once(self._outage.since_up_seconds()) is not None

    def _runs_before_stop(self, item: InFlight) -> bool:
        if not self._draining:
            return False
        return not self._outage.state.is_down or self._redrive.is_last_receive(item)

    def _waits_alone(self, item: InFlight, outcome: Outcome, raised: Raised) -> bool:
        seconds = alone_seconds(raised.times, outcome.after_seconds, self._context.jitter())
        return self._waits.holds(item, replace(outcome, kind=OutcomeKind.WAIT), seconds)
