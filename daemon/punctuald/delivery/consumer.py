"""One queue's way through a worker: received, ready, handled, settled, its leases kept meanwhile.

The parts do not know each other, only the callables that they were given; what a step in one means for another is
decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import inf

from punctuald.delivery.hold.group_order import GroupOrder
from punctuald.delivery.hold.waits import Waits
from punctuald.delivery.receive.admission import Admission, Admitted
from punctuald.delivery.receive.availability import Availability, OnUnavailable
from punctuald.delivery.receive.poller import Poller
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.settle.settlement import FAILED_OUTCOMES, metric_of, retry_seconds
from punctuald.model import DONE, Message, Outcome, OutcomeKind
from punctuald.policy.delivery.lease import visibility_seconds
from punctuald.policy.delivery.retry import in_place_seconds
from punctuald.policy.delivery.service_times import ServiceTimes
from punctuald.policy.receive.prefetch import drainable, one_after_the_other

from .handler_pool import HandlerPool
from .in_flight import READY, InFlight, State, move_all
from .lifecycle import Lifecycle
from .queue_options import QueueOptions
from .worker_context import WorkerContext


@dataclass(frozen=True, slots=True)
class ConsumerEvents:
    """What a consumer calls: see `Availability`."""

    on_available: Callable[[], None]
    on_unavailable: OnUnavailable


class Consumer:
    """Made on the running event loop; everything in it runs there."""

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
        self.redrive = Redrive(options, context)
        self._context = context
        self._clock = context.clock
        self._record = record
        self._ordered = options.source.ordered
        self._service_times = ServiceTimes()
        self._groups = GroupOrder(context.clock, pool.budget, context.holds, self._start_heads)
        self._lifecycle = Lifecycle(
            options,
            context,
            pool,
            self._groups,
            self.redrive,
            record,
            lease_seconds=self._lease_seconds,
            on_room=self._receive_on,
        )
        self.table = self._lifecycle.table
        self._waits = Waits(options, context, self._groups, self.redrive, record, release=self._lifecycle.release_group)
        self._admission = Admission(options, context, self.table)
        self._poller = Poller(
            options,
            context,
            pool.budget,
            visibility_seconds=self._lease_seconds,
            most_in_flight=self._most_in_flight,
            most_at_once=self._most_at_once,
            unsettled=lambda: self.table.settling,
            on_received=self._received,
            availability=Availability(context.clock, events.on_available, events.on_unavailable),
        )
        self._released_all = False
        self._going: set[str] = set()  # partitions that are being taken away
        self._drain_until_mono = inf
        pool.dispatcher.serve(options.index, options.batch_size, self._finished, self._service_times)
        options.source.on_revoked(self._revoked)

    # --- start and stop

    def start(self) -> None:
        """Begin to receive. An ordered queue's redrive policy is known before, if it can be: see `_most_at_once`."""
        if self._ordered:
            self.redrive.start(then=self._poller.wake)
        else:
            self._poller.wake()
            self.redrive.start()

    def stop_receiving(self, drain_until_mono: float) -> None:
        """Begin no receive, and let acknowledgements linger no more; what is in flight goes on. What is held beyond
        ``drain_until_mono`` goes back, with its group."""
        self._drain_until_mono = drain_until_mono
        self._poller.stop()
        self._lifecycle.flush_soon()
        self._waits.stop(drain_until_mono)

    @property
    def is_receiving(self) -> bool:
        """Whether a receive is under way."""
        return self._poller.is_receiving

    @property
    def has_unstarted(self) -> bool:
        """Whether something in flight waits to be run, for its turn or until its time."""
        return any(item.state in {State.READY, State.HELD} for item in self.table.unsettled())

    async def received(self, timeout_seconds: float) -> bool:
        """Whether the last receives ended within ``timeout_seconds`` after `stop_receiving`."""
        return await self._poller.ended(timeout_seconds)

    def release_unstarted(self, items: Sequence[InFlight]) -> None:
        """Give back those of ``items`` that have not started, in this order, for they can't start here in time."""
        self._lifecycle.release([item for item in items if self.pool.dispatcher.withdraw(item)])

    def release_all(self) -> list[InFlight]:
        """The time is over: give everything back and return it. Groups go back whole, and what is held with the rest
        of its wait."""
        self._released_all = True
        if self.is_receiving:
            self._lifecycle.hold_back_releases()
        self._groups.stop()
        self.pool.dispatcher.drain_ready(self.options.index)
        unsettled = self.table.unsettled()
        self._lifecycle.release(sorted(unsettled, key=self._groups.is_head))
        return unsettled

    async def flushed(self, timeout_seconds: float) -> bool:
        """Whether every settlement was made within ``timeout_seconds``. A poll still under way is given up first, for
        it would receive again what is given back."""
        self._poller.abandon()
        return await self._lifecycle.flushed(timeout_seconds)

    def end(self) -> None:
        """Stop everything, the leases last."""
        self._poller.abandon()
        self.redrive.stop()
        self._groups.stop()
        self._lifecycle.end()

    # --- the way of a message

    def _received(self, messages: Sequence[Message], lease_seconds: int) -> None:
        if not messages:
            return
        leased = self.options.source.limits.longest_lease_seconds != inf
        admitted = self._admission.admit(messages, lease_seconds if leased else inf)
        self._lifecycle.take(admitted)
        if self._released_all:
            self._lifecycle.settle(admitted.poison)
            self._lifecycle.release(admitted.fresh)
        else:
            self._enter(admitted)

    def _enter(self, admitted: Admitted) -> None:
        """Let what came start, each when its turn comes."""
        move_all(admitted.fresh, READY)
        if self._ordered:
            self._start_heads(self._groups.enter(admitted.fresh))
        elif admitted.poison:
            self._start_heads(admitted.fresh)
        else:
            self.pool.dispatcher.add(admitted.fresh)

    def _start_heads(self, items: Sequence[InFlight]) -> None:
        """Start ``items``. Poison among them has its outcome already and is settled at once; in a group it waited for
        its turn all the same."""
        self.pool.dispatcher.add([item for item in items if item.outcome is None])
        self._lifecycle.settle([item for item in items if item.outcome is not None])

    def _finished(self, items: Sequence[InFlight]) -> None:
        """Handlers have ended for ``items``, each with its outcome."""
        self._lifecycle.settle([item for item in items if item.outcome is DONE or not self._stays(item)])

    def _stays(self, item: InFlight) -> bool:
        """Whether it is not settled yet. One whose lease is lost always is, for others may have completed it by now;
        nor does one stay whose partition is about to go."""
        outcome = item.outcome
        if outcome is None or item.state is not State.RUNNING:
            return False
        if self._released_all or item.lease_lost or item.message.partition in self._going:
            return False
        if outcome.kind is OutcomeKind.WAIT:
            return self._waits.stays(item, outcome)
        return self._ordered and outcome.kind in FAILED_OUTCOMES and self._tried_again_here(item, outcome)

    def _tried_again_here(self, item: InFlight, outcome: Outcome) -> bool:
        """It is a head that failed, and stays because what is behind it must not overtake."""
        counter = metric_of(outcome)
        if self.redrive.is_used_up(item):
            self._context.stats.count(item.queue, counter)
            reason = f"failed at its last try, number {item.message.tries}: {outcome.reason}"
            self._lifecycle.dead_letter(item, reason)
            return True
        seconds = in_place_seconds(retry_seconds(item, outcome, self._context.jitter()))
        self._record.tried_again_in_place(item, counter, outcome.reason, seconds)
        self._groups.hold(item, self._clock.mono() + seconds)
        if self._clock.mono() + seconds > self._drain_until_mono:
            self._lifecycle.release_group(item)
        return True

    async def _revoked(self, partitions: Collection[str]) -> None:
        """Partitions are about to be taken away: what fails now is not tried again here."""
        self._going |= set(partitions)
        await self._lifecycle.drop_revoked([item for item in self.table.all() if item.message.partition in partitions])
        self._going -= set(partitions)

    # --- how much, and for how long

    def _receive_on(self) -> None:
        """Looks the poller up when called, because it is made after the parts that call this."""
        self._poller.wake()

    def _most_in_flight(self) -> int | None:
        """How many messages may be in flight; None = as many as the budget allows. Fewer where each message comes only
        once, because a stop must be able to finish them."""
        if self.redrive.max_receives != 1:
            return None
        slots, p99_seconds = self.pool.runner.slots * self.options.batch_size, self._service_times.p99_seconds()
        drain_seconds = self._context.drain_timeout_seconds / (2 if self._ordered else 1)
        return drainable(slots, p99_seconds, drain_seconds)

    def _most_at_once(self) -> int:
        """How many messages one receive may bring: any number, but for a group's that come only once."""
        if self.redrive.max_receives != 1 or not self._ordered:
            return self.options.source.limits.largest_receive
        return one_after_the_other(self._service_times.p99_seconds(), self._context.drain_timeout_seconds)

    def _lease_seconds(self) -> int:
        return visibility_seconds(self._service_times.p99_seconds(), self.options.visibility_seconds)
