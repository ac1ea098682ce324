"""One queue's way through a worker: received, ready, handled, settled, its leases kept meanwhile.

The parts know nobody but the calls that they were given; what follows from one for another is said here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import ceil, inf

from punctuald.errors import SourceMisconfigured
from punctuald.model import Counter, Message
from punctuald.policy.delivery.prefetch import drainable
from punctuald.policy.delivery.service_times import ServiceTimes
from punctuald.policy.lease import visibility_seconds
from punctuald.policy.retry import error_backoff_seconds, in_place_seconds

from .group_order import GroupOrder
from .handler_pool import HandlerPool
from .in_flight import GONE, READY, Fate, InFlight, InFlightTable, State, move_all
from .leases.lease_renewer import LeaseRenewer
from .queue_options import QueueOptions
from .receive.admission import Admission
from .receive.poller import Poller
from .receive.prefetch_budget import UNSETTLED_ALLOWED
from .receive.redrive import Redrive
from .settle.outcome_record import OutcomeRecord
from .settle.refusals import Verdict, verdict_on
from .settle.settlement import (
    FAILED_OUTCOMES,
    FATES,
    Action,
    Settlement,
    counter_of,
    given_back,
    retry_seconds,
    settlements_of,
)
from .settle.settlement_call import Refused, Settled
from .settle.settler import Settler
from .worker_context import WorkerContext


@dataclass(frozen=True, slots=True)
class ConsumerEvents:
    """Whom a consumer tells."""

    on_first_answer: Callable[[], None]
    on_refused: Callable[[SourceMisconfigured], None]


class Consumer:
    """Made on the running event loop, of which all of it is part."""

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        pool: HandlerPool,
        record: OutcomeRecord,
        events: ConsumerEvents,
    ) -> None:
        self.options = options
        self.pool = pool
        self.table = InFlightTable()
        self.redrive = Redrive(options, context)
        self._context = context
        self._clock = context.clock
        self._record = record
        self._ordered = options.source.ordered
        self._service_times = ServiceTimes()
        self._admission = Admission(options, context, self.table)
        self._groups = GroupOrder(context.clock, pool.budget, self._start_heads)
        self._renewer = LeaseRenewer(
            options,
            context,
            lease_seconds=self._lease_seconds,
            on_lost=self._lease_lost,
            on_overstayed=self._overstayed,
        )
        self._settler = Settler(options, context, self._settled)
        self._poller = Poller(
            options,
            context,
            pool.budget,
            visibility_seconds=self._lease_seconds,
            most_in_hand=self._most_in_hand,
            unsettled=lambda: self.table.settling,
            on_received=self._received,
            on_first_answer=events.on_first_answer,
            on_refused=events.on_refused,
        )
        self._given_up = False
        self._going: set[str] = set()  # partitions that are being taken away
        self._drain_until_mono = inf
        self._gone = asyncio.Event()
        pool.dispatcher.serve(options.index, options.batch_size, self._finished, self._service_times)
        options.source.on_revoked(self._revoked)

    # --- start and stop

    def start(self) -> None:
        """Begin to receive."""
        self._poller.wake()
        self.redrive.start()

    def stop_receiving(self, drain_until_mono: float) -> None:
        """No new receive, and nothing lingers that is done; what is in hand goes on. What is held for longer than
        until ``drain_until_mono`` goes back, with its group."""
        self._drain_until_mono = drain_until_mono
        self._poller.stop()
        self._settler.flush_soon()
        for head in self._groups.held_past(drain_until_mono):
            self._give_back_group(head)

    async def received(self, timeout_seconds: float) -> bool:
        """Whether the last receives ended within ``timeout_seconds`` after `stop_receiving`."""
        return await self._poller.ended(timeout_seconds)

    def give_back_unstarted(self, items: Sequence[InFlight]) -> None:
        """``items``, which wait to start, can't do so here in time: let others have them, in this order."""
        self._give_back([item for item in items if self.pool.dispatcher.withdraw(item)])

    def give_up(self) -> list[InFlight]:
        """The time is over: everything goes back, groups whole, what is held with the rest of its wait. Returns it."""
        self._given_up = True
        self._groups.stop()
        self.pool.dispatcher.take_unstarted(self.options.index)
        unsettled = self.table.unsettled()
        self._give_back(sorted(unsettled, key=self._groups.is_head))
        return unsettled

    async def flushed(self, timeout_seconds: float) -> bool:
        """Whether every settlement got out within ``timeout_seconds``."""
        return await self._settler.flushed(timeout_seconds)

    def end(self) -> None:
        """Stop everything, the leases last."""
        self._poller.abandon()
        self.redrive.stop()
        self._groups.stop()
        self._settler.stop()
        self._renewer.stop()

    # --- the way of a message

    def _received(self, messages: Sequence[Message], lease_seconds: int) -> None:
        if not messages:
            return
        leased = self.options.source.limits.longest_lease_seconds != inf
        admitted = self._admission.admit(messages, lease_seconds if leased else inf)
        fresh = admitted.fresh
        self._renewer.forget(admitted.superseded)
        for gone in admitted.superseded:
            self._group_goes_on(gone, comes_again=True)
        self.pool.budget.take(fresh)
        self._renewer.keep(fresh, admitted.lease_until_mono)
        if admitted.renewed:
            self._renewer.keep(admitted.renewed, admitted.lease_until_mono)
        if self._given_up:
            self._settle(admitted.poison)
            self._give_back(fresh)
            return
        move_all(fresh, READY)
        if self._ordered:
            self._start_heads(self._groups.enter(fresh))
        elif admitted.poison:
            self._start_heads(fresh)
        else:
            self._start(fresh)

    def _start_heads(self, items: Sequence[InFlight]) -> None:
        """Poison has its outcome before it starts; in a group it has to wait for its turn all the same."""
        self._start([item for item in items if item.outcome is None])
        self._settle([item for item in items if item.outcome is not None])

    def _start(self, items: Sequence[InFlight]) -> None:
        self.pool.dispatcher.add(items)

    def _finished(self, items: Sequence[InFlight]) -> None:
        """Handlers are through with ``items``, each with its outcome."""
        self._settle([item for item in items if not self._tried_again_here(item)] if self._ordered else items)

    def _settle(self, items: Sequence[InFlight]) -> None:
        jitter, now_mono = self._context.jitter, self._clock.mono()
        through = self.table.settle(items)
        self._settler.post(settlements_of(through, jitter, now_mono), now_mono)
        self.pool.budget.free(through)

    def _give_back(self, items: Sequence[InFlight]) -> None:
        """Let others have ``items``, in this order; what is held, when its wait is over."""
        for item in items:
            if self._goes_unseen(item):
                self._record.not_run_at_last_receive(item)
        now_mono = self._clock.mono()
        waits = {item: (self._groups.held_until_mono(item) or now_mono) - now_mono for item in items if item.group}
        self._post(self.table.settle(items), lambda item: given_back(item, ceil(max(0.0, waits.get(item, 0.0)))))

    def _goes_unseen(self, item: InFlight) -> bool:
        """Whether it never ran in this receive, and the source will take it away instead of bringing it once more."""
        waits = item.state < State.SETTLING and item.state is not State.RUNNING
        ran = item.started_mono > 0 or item.message.repeats > 0
        return waits and not ran and self.redrive.is_last_receive(item)

    def _give_back_group(self, item: InFlight) -> None:
        """All of it that has not started: what is behind first, the head last."""
        going = self._groups.whole_group(item) if item.group is not None else [item]
        for each in going:
            self.pool.dispatcher.withdraw(each)
        self._give_back(going)
        for each in going:
            self._groups.leave(each)

    def _post(self, items: Sequence[InFlight], settlement: Callable[[InFlight], Settlement]) -> None:
        """``items`` are on their way out."""
        self._settler.post([settlement(item) for item in items], self._clock.mono())
        self.pool.budget.free(items)

    def _tried_again_here(self, item: InFlight) -> bool:
        """Whether it is a head that failed and stays, because what is behind it must not overtake. One whose lease is
        lost does not: others may be through with it by now; nor one whose partition is about to go."""
        outcome = item.outcome
        if outcome is None or outcome.kind not in FAILED_OUTCOMES or item.state is not State.RUNNING:
            return False
        if self._given_up or item.lease_lost or item.message.partition in self._going:
            return False
        counter = counter_of(outcome)
        if self.redrive.is_used_up(item):
            self._context.stats.count(item.queue, counter)
            reason = f"failed at its last try, number {item.message.tries}: {outcome.reason}"
            dead_letter = Settlement(item, Action.DEAD_LETTER, Counter.REJECTED, reason)
            self._post(self.table.settle([item]), lambda _: dead_letter)
            return True
        seconds = in_place_seconds(retry_seconds(item, outcome, self._context.jitter()))
        self._record.tried_again_in_place(item, counter, outcome.reason, seconds)
        self._groups.hold(item, self._clock.mono() + seconds)
        if self._clock.mono() + seconds > self._drain_until_mono:
            self._give_back_group(item)
        return True

    def _settled(self, settled: Settled) -> None:
        """The source answered."""
        now_mono, fate, before = self._clock.mono(), FATES[settled.action], self.table.settling
        items = [settlement.item for settlement in settled.done]
        self._let_go([item for item in items if item.state is not GONE], fate)  # else it came again before the answer
        self._record.settled(settled.done, now_mono)
        if self._ordered:
            for item in items:
                self._group_goes_on(item, comes_again=fate is Fate.RELEASED)
        if settled.outdated:
            self._settle_newer_copies(settled.outdated)
        for refused in settled.refused:
            self._refused(refused, now_mono)
        if self.table.settling <= UNSETTLED_ALLOWED < before:
            self._poller.wake()  # it stood still for these, and no message that ends will tell it
        self._gone.set()

    def _let_go(self, items: Sequence[InFlight], fate: Fate) -> None:
        self._renewer.forget(items)
        self.table.remove(items, fate)

    def _group_goes_on(self, item: InFlight, *, comes_again: bool) -> None:
        if item.group is None:
            return
        if comes_again:
            self._give_back(self._groups.leave(item))
        else:
            self._groups.advance(item)

    def _refused(self, refused: Refused, now_mono: float) -> None:
        settlement, item = refused.settlement, refused.settlement.item
        if item.state is State.GONE:
            return
        match verdict_on(refused, now_mono):
            case Verdict.AGAIN_NOW:
                self._settler.post([settlement], now_mono)
            case Verdict.AGAIN_LATER:
                settlement.attempts += 1
                seconds = error_backoff_seconds(settlement.attempts, self._context.jitter())
                self._settler.post([settlement], now_mono + seconds)
            case Verdict.GIVE_BACK:
                self._nowhere_to_put(settlement, now_mono)
            case Verdict.LOST:
                self._record.lease_lost(item, settlement.action, refused.failure.code)
                self._let_go([item], Fate.LEASE_LOST)
                self._group_goes_on(item, comes_again=True)

    def _settle_newer_copies(self, settlements: Sequence[Settlement]) -> None:
        # The older handle worked, but SQS may go by the newer one only. Moved already: then just delete the copy.
        for settlement in settlements:
            settlement.attempts += 1
            if settlement.action is Action.DEAD_LETTER:
                settlement.action = Action.ACKNOWLEDGE
        self._settler.post(settlements, self._clock.mono())

    def _nowhere_to_put(self, settlement: Settlement, now_mono: float) -> None:
        """No dead-letter queue: it goes back for as long as its retries may take, and behind its whole group."""
        self.redrive.refuted()
        item, seconds = settlement.item, round(self.options.retry_max_seconds)
        self._record.no_dead_letter_queue(item, settlement.reason)
        if item.group is not None:
            self._give_back(self._groups.leave(item))
        self._settler.post([Settlement(item, Action.RELEASE, Counter.RETRIED, settlement.reason, seconds)], now_mono)

    # --- leases and partitions

    def _most_in_hand(self) -> int | None:
        """None = as many as the budget has; fewer where each message comes only once, and a stop must finish it."""
        if self.redrive.max_receives != 1:
            return None
        slots, p99_seconds = self.pool.runner.slots * self.options.batch_size, self._service_times.p99_seconds()
        return drainable(slots, p99_seconds, self._context.drain_timeout_seconds)

    def _lease_seconds(self) -> int:
        return visibility_seconds(self._service_times.p99_seconds(), self.options.visibility_seconds)

    def _lease_lost(self, item: InFlight, code: str) -> None:
        """A message that has not started is let go: others have it. One that runs is left running, for it can't be
        stopped half-way, and its acknowledgement is tried all the same: SQS takes it as long as nobody else has
        received the message."""
        self._record.lease_lost(item, "extend", code)
        if item.state in {State.READY, State.HELD}:
            self._give_away([item], Fate.LEASE_LOST)

    def _give_away(self, items: Sequence[InFlight], fate: Fate) -> None:
        """They are not ours any more, and had not started; what is behind them in their groups goes back."""
        for item in items:
            if item.state is not State.GONE:
                self.pool.dispatcher.withdraw(item)
                behind = self._groups.leave(item)
                self.pool.budget.free([item])
                self._let_go([item], fate)
                self._give_back(behind)

    def _overstayed(self, item: InFlight) -> None:
        """It waited for as long as the source lets us keep it."""
        self._give_back_group(item)

    async def _revoked(self, partitions: Collection[str]) -> None:
        """What has not started goes, and is not told to the source, which asks; what runs or settles is waited for."""
        self._going |= set(partitions)
        affected = [item for item in self.table.all() if item.message.partition in partitions]
        for item in affected:
            if item.state in {State.READY, State.HELD}:
                self.pool.dispatcher.withdraw(item)
                self._groups.leave(item)
                self.pool.budget.free([item])
                self._let_go([item], Fate.RELEASED)
        while any(item.state is not State.GONE for item in affected):
            self._gone.clear()
            await self._gone.wait()
        self._going -= set(partitions)
