"""One queue's way through a worker: received, ready, handled, settled, its leases kept meanwhile.

The parts do not know each other, only the callables that they were given; what a step in one means for another is
decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf

from punctuald.delivery.hold.after_run import AfterRun, Calls
from punctuald.delivery.hold.group_order import GroupOrder
from punctuald.delivery.hold.limited import Limited
from punctuald.delivery.receive.admission import Admission, Admitted
from punctuald.delivery.receive.arrivals import Arrivals
from punctuald.delivery.receive.availability import Availability, ConsumerEvents
from punctuald.delivery.receive.due_clock import DueClock
from punctuald.delivery.receive.poller import Poller
from punctuald.delivery.receive.receive_bounds import ReceiveBounds
from punctuald.delivery.receive.redrive import Redrive
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.model import DONE, Message
from punctuald.policy.delivery.lease import extends_on_arrival
from punctuald.policy.delivery.service_times import ServiceTimes

from .handler_pool import HandlerPool
from .in_flight import READY, InFlight, State, move_all
from .lifecycle import Lifecycle
from .queue_options import QueueOptions
from .worker_context import WorkerContext


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
            lease_seconds=lambda: self._bounds.lease_seconds(),  # noqa: PLW0108 - it is made after this
            on_overstayed=lambda item: self._after_run.overstayed(item),  # noqa: PLW0108 - it is made after this
            on_room=self._receive_on,
        )
        self.table = self._lifecycle.table
        self._due_clock = DueClock(options, context)
        self._after_run = AfterRun(
            options, context, self._groups, self.table, self.redrive, record, self._due_clock, self._calls()
        )
        release = self._lifecycle.release_group
        self.limited = Limited(
            options, self.table, self._groups, pool.budget, release_group=release, changed=self._limit_changed
        )
        self._waits, self._downstream = self._after_run.waits, self._after_run.downstream
        self._arrivals = Arrivals(options, context.stats, self._due_clock)
        self._admission = Admission(options, context, self.table, self._arrivals, lambda: self.redrive.delay_seconds)
        self._bounds = self._made_bounds()
        self._poller = self._made_poller(events)
        self._released_all = False
        self._going: set[str] = set()  # partitions that are being taken away
        pool.serve(options, self._finished, self._service_times)
        if options.limit is not None:
            options.limit.on_start.append(self._receive_on)
        options.source.on_revoked(self._revoked)

    def _calls(self) -> Calls:
        return Calls(
            release_group=self._lifecycle.release_group,
            dead_letter=self._lifecycle.dead_letter,
            withdraw=self.pool.dispatcher.withdraw,
            receive_on=self._receive_on,
            polls_seconds=lambda: self._poller.last_seconds,
            has_slot=lambda: self.pool.has_slot,
        )

    def _made_bounds(self) -> ReceiveBounds:
        return ReceiveBounds(
            self.options,
            self._context,
            self.pool.runner,
            self.redrive,
            self._service_times,
            self._downstream.allowed,
            lambda: self._poller.receive_seconds,
        )

    def _made_poller(self, events: ConsumerEvents) -> Poller:
        return Poller(
            self.options,
            self._context,
            self.pool.budget,
            visibility_seconds=self._bounds.lease_seconds,
            most_in_flight=self._bounds.most_in_flight,
            allowed=self._bounds.allowed,
            most_at_once=self._bounds.most_at_once,
            unsettled=lambda: self.table.settling,
            in_hand=lambda: len(self.table) - self.table.settling,
            on_received=self._received,
            availability=Availability(self._context.clock, events.on_available, events.on_unavailable),
        )

    # --- start and stop

    def start(self) -> None:
        """Begin to receive, once the source's rules are known, if it says them: see `ReceiveBounds`."""
        self.redrive.start(self._poller.wake)

    def receive_no_more(self) -> None:
        """Begin no receive, whatever else goes on."""
        self._poller.stop()

    def stop_receiving(self, drain_until_mono: float) -> None:
        """Begin no receive, and let acknowledgements linger no more; what is in flight goes on. What is held beyond
        ``drain_until_mono`` goes back, with its group."""
        self._poller.stop()
        self.options.source.end_receiving()
        self._lifecycle.flush_soon()
        self._after_run.stop(drain_until_mono)

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
        """The time is over: give everything back, groups whole, what is held with the rest of its wait. Returns it."""
        self._released_all = True
        if self.is_receiving:
            self._lifecycle.hold_back_releases()
        self._after_run.end()
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
        self._after_run.end()
        self._lifecycle.end()

    # --- the way of a message

    def _received(self, messages: Sequence[Message], lease_seconds: int) -> None:
        if not messages:
            return
        lease = inf if self.options.source.limits.longest_lease_seconds == inf else lease_seconds
        admitted = self._admission.admit(messages, lease)
        self._lifecycle.take(admitted)
        if self._released_all:
            self._lifecycle.settle([item for item in admitted.suspects if item.outcome is not None])
            self._lifecycle.release(admitted.fresh)
        else:
            if extends_on_arrival(lease, self._service_times.p99_seconds(), self.options.visibility_seconds):
                self._lifecycle.extend(admitted.fresh)
            self._enter(admitted)

    def _enter(self, admitted: Admitted) -> None:
        """Let what came start, each when its turn comes."""
        move_all(admitted.fresh, READY)
        heads = self._groups.enter(admitted.fresh) if self._ordered else admitted.fresh
        if admitted.suspects or admitted.any_early or self._after_run.looks_at_each:
            self._start_heads(heads)
        else:
            self.pool.dispatcher.add(self._downstream.startable(heads))

    def _start_heads(self, items: Sequence[InFlight]) -> None:
        """Start ``items``, suspects alone, but hold what is not yet due. Poison among them has its outcome already and
        is settled at once, as is what has to wait at its source; in a group it waited for its turn all the same."""
        due = [item for item in items if item.outcome is None and self._may_start(item)]
        startable = self._downstream.startable(due)
        self.pool.dispatcher.add([item for item in startable if not item.is_suspect])
        self.pool.add_suspects([item for item in startable if item.is_suspect])
        self._lifecycle.settle([item for item in items if item.outcome is not None and item.state is READY])

    def _may_start(self, item: InFlight) -> bool:
        if item.is_early:
            if not self._waits.may_start(item):
                return False
            self._arrivals.became_due(item)
        return self._after_run.may_start(item)

    def _finished(self, items: Sequence[InFlight]) -> None:
        """Handlers have ended for ``items``, each with its outcome."""
        if self._downstream.watching:
            self._downstream.ended(items)
        self._lifecycle.settle([item for item in items if item.outcome is DONE or not self._stays(item)])

    def _stays(self, item: InFlight) -> bool:
        may_run_again = not self._released_all and item.message.partition not in self._going
        return self._after_run.stays(item, may_run_again=may_run_again)

    async def _revoked(self, partitions: Collection[str]) -> None:
        """Partitions are about to be taken away: what fails now is not tried again here."""
        self._going |= set(partitions)
        items = [item for item in self.table.all() if item.message.partition in partitions]
        try:
            await self._lifecycle.drop_revoked(items)
        finally:
            self._going -= set(partitions)

    def _limit_changed(self) -> None:
        self.pool.lone_runs.look()
        self._poller.wake()

    def _receive_on(self) -> None:
        """Looks the poller up when called, because it is made after the parts that call this."""
        self._poller.wake()
