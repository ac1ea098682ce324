"""One queue's messages from receive to settlement: leases kept meanwhile, then done, released or dead-lettered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from punctuald.delivery.hold.group_order import GroupOrder
from punctuald.delivery.leases.lease_renewer import LeaseRenewer
from punctuald.delivery.receive.admission import Admitted
from punctuald.delivery.receive.prefetch_budget import UNSETTLED_ALLOWED
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.settle.refusals import Verdict, verdict_on
from punctuald.delivery.settle.settlement import FATES, Action, Settlement, hidden_seconds, release_of, settlements_of
from punctuald.delivery.settle.settlement_call import Refused, Settled
from punctuald.delivery.settle.settler import Settler
from punctuald.model import Failure, Metric
from punctuald.policy.delivery.retry import error_backoff_seconds
from punctuald.ports import NO_DEAD_LETTER_QUEUE

from .handler_pool import HandlerPool
from .in_flight import GONE, Fate, InFlight, InFlightTable, State
from .queue_options import QueueOptions
from .worker_context import WorkerContext


class Lifecycle:
    """``lease_seconds``: how long a lease is to be. ``on_overstayed`` is called as `LeaseRenewer` says, ``on_room``
    when receiving may go on, which had stopped because too much was unsettled.
    Once `hold_back_releases` was called, releases wait until `flushed`: a last poll of our own would otherwise receive
    these messages again, and use up one of their receives.
    """

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        pool: HandlerPool,
        groups: GroupOrder,
        redrive: Redrive,
        record: OutcomeRecord,
        *,
        lease_seconds: Callable[[], int],
        on_overstayed: Callable[[InFlight], None],
        on_room: Callable[[], None],
    ) -> None:
        self.table = InFlightTable()
        self._options = options
        self._context = context
        self._clock = context.clock
        self._pool = pool
        self._groups = groups
        self._redrive = redrive
        self._record = record
        self._on_room = on_room
        self._ordered = options.source.ordered
        self._renewer = LeaseRenewer(
            options,
            context,
            lease_seconds=lease_seconds,
            on_lost=self._lease_lost,
            on_overstayed=on_overstayed,
        )
        self._settler = Settler(options, context, self._settled)
        self._held_back: list[Settlement] | None = None
        self._gone = asyncio.Event()

    def take(self, admitted: Admitted) -> None:
        """Keep the leases of what came, and count it as in flight."""
        self._renewer.forget(admitted.superseded)
        for gone in admitted.superseded:
            self._group_goes_on(gone, comes_again=True)
        self._pool.budget.take(admitted.fresh)
        self._renewer.keep(admitted.fresh, admitted.lease_until_mono)
        if admitted.renewed:
            self._renewer.keep(admitted.renewed, admitted.lease_until_mono)

    def extend(self, items: Sequence[InFlight]) -> None:
        """Renew their leases now."""
        self._renewer.renew(items)

    def settle(self, items: Sequence[InFlight]) -> None:
        """Tell the source what became of ``items``, each of which has its outcome."""
        jitter, now_mono = self._context.jitter, self._clock.mono()
        completed = self.table.settle(items)
        self._settler.submit(settlements_of(completed, jitter, now_mono), now_mono)
        self._pool.budget.free(completed)

    def dead_letter(self, item: InFlight, reason: str) -> None:
        """Dead-letter ``item``, which was tried as often as it may be."""
        completed = self.table.settle([item])
        settlements = [Settlement(each, Action.DEAD_LETTER, Metric.REJECTED, reason) for each in completed]
        self._settler.submit(settlements, self._clock.mono())
        self._pool.budget.free(completed)

    def release(self, items: Sequence[InFlight], last: Sequence[Settlement] = ()) -> None:
        """Give ``items`` back, in this order, and then ``last``; others get a held one only when its wait is over."""
        for item in items:
            if self._goes_unseen(item):
                self._record.not_run_at_last_receive(item)
        now_mono = self._clock.mono()
        held = [item for item in items if item.state is State.HELD]
        waits = {item: hidden_seconds(item, self._groups.wait_seconds(item, now_mono), now_mono) for item in held}
        self._groups.unhold(held)
        completed = self.table.settle(items)
        releases = [release_of(item, waits.get(item, 0)) for item in completed]
        self._give_back([*releases, *last])
        self._pool.budget.free(completed)

    def _give_back(self, releases: Sequence[Settlement]) -> None:
        if self._held_back is None:
            self._settler.submit(releases, self._clock.mono())
        else:
            self._held_back += releases

    def release_group(self, item: InFlight) -> None:
        """Give back all of the group of ``item`` that has not started: followers first, the head last."""
        going = self._groups.whole_group(item) if item.group is not None else [item]
        for each in going:
            self._pool.dispatcher.withdraw(each)
        self.release(going)
        for each in going:
            self._groups.leave(each)

    async def drop_revoked(self, items: Sequence[InFlight]) -> None:
        """``items`` are not ours any more. What has not started is dropped, without a call to the source; what runs or
        settles is waited for. Whoever stops waiting leaves it to its end here, and to others: it is not tried again."""
        for item in items:
            if item.state in {State.READY, State.HELD}:
                self._drop(item, Fate.RELEASED)
        try:
            while any(item.state is not GONE for item in items):
                self._gone.clear()
                await self._gone.wait()
        finally:
            for left in (item for item in items if item.state is not GONE):
                self._record.lease_lost(left, "revoke", "NotAssigned")

    def flush_soon(self) -> None:
        """Let acknowledgements linger no more."""
        self._settler.flush_soon()

    def hold_back_releases(self) -> None:
        """Give nothing back before `flushed`."""
        self._held_back = []

    async def flushed(self, timeout_seconds: float) -> bool:
        """Whether every settlement was made within ``timeout_seconds``. No receive may be under way."""
        held_back, self._held_back = self._held_back, None
        self._settler.submit(held_back or [], self._clock.mono())
        return await self._settler.flushed(timeout_seconds)

    def end(self) -> None:
        """Stop settling and, last of all, keeping leases."""
        self._settler.stop()
        self._renewer.stop()

    def _goes_unseen(self, item: InFlight) -> bool:
        """Whether ``item`` never ran in this receive, and the source will dead-letter it and not bring it again."""
        ran = item.started_mono > 0 or item.message.repeats > 0 or item.has_waited
        return item.state < State.SETTLING and not ran and self._redrive.is_last_receive(item)

    def _drop(self, item: InFlight, fate: Fate) -> list[InFlight]:
        """Drop ``item``, which has not started and is not ours any more. Returns what is behind it in its group."""
        self._pool.dispatcher.withdraw(item)
        behind = self._groups.leave(item)
        self._pool.budget.free([item])
        self._let_go([item], fate)
        return behind

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
            self._on_room()
        self._gone.set()

    def _let_go(self, items: Sequence[InFlight], fate: Fate) -> None:
        self._renewer.forget(items)
        self.table.remove(items, fate)

    def _group_goes_on(self, item: InFlight, *, comes_again: bool) -> None:
        if item.group is None:
            return
        if comes_again:
            self.release(self._groups.leave(item))
        else:
            self._groups.advance(item)

    def _refused(self, refused: Refused, now_mono: float) -> None:
        settlement, item = refused.settlement, refused.settlement.item
        if item.state is State.GONE:
            return
        match verdict_on(refused, now_mono):
            case Verdict.AGAIN_NOW:
                self._settler.submit([settlement], now_mono)
            case Verdict.AGAIN_LATER:
                settlement.attempts += 1
                seconds = error_backoff_seconds(settlement.attempts, self._context.jitter())
                self._settler.submit([settlement], now_mono + seconds)
            case Verdict.GIVE_BACK:
                self._nowhere_to_put(settlement, refused.failure)
            case Verdict.LOST:
                self._record.lease_lost(item, settlement.action, refused.failure.code)
                self._let_go([item], Fate.LEASE_LOST)
                self._group_goes_on(item, comes_again=True)

    def _settle_newer_copies(self, settlements: Sequence[Settlement]) -> None:
        # The older handle worked, but SQS may count only the newer one; of dead letters only a copy is left to delete.
        for settlement in settlements:
            settlement.attempts += 1
            if settlement.action is Action.DEAD_LETTER:
                settlement.action = Action.ACKNOWLEDGE
        self._settler.submit(settlements, self._clock.mono())

    def _nowhere_to_put(self, settlement: Settlement, failure: Failure) -> None:
        """No dead-letter queue takes it: release the message for the longest retry wait, after all of its group."""
        item = settlement.item
        seconds = hidden_seconds(item, self._options.retry_max_seconds, self._clock.mono())
        if failure.code == NO_DEAD_LETTER_QUEUE:
            self._redrive.refuted()
            self._record.no_dead_letter_queue(item, settlement.reason)
        else:
            self._record.dead_letter_refused(item, settlement.reason, failure.text)
        followers = self._groups.leave(item) if item.group is not None else []
        last = Settlement(item, Action.RELEASE, Metric.NOT_DEAD_LETTERED, settlement.reason, seconds)
        self.release(followers, [last])

    def _lease_lost(self, item: InFlight, code: str) -> None:
        """A message that has not started is dropped, because others have it. One that runs goes on, and is acknowledged
        all the same: SQS accepts that as long as nobody else has received it. One that has not run at its last allowed
        receive runs too, for nobody else can have it; but not in a FIFO queue, which refuses a late acknowledgement."""
        self._record.lease_lost(item, "extend", code)
        self.table.lease_lost(item)
        unseen = self._goes_unseen(item)
        if item.state in {State.READY, State.HELD} and not (unseen and item.group is None):
            if unseen:
                self._record.not_run_at_last_receive(item)
            self.release(self._drop(item, Fate.LEASE_LOST))
