"""Keeps the leases of all messages of one queue that are in flight."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from math import inf

from punctuald.delivery.error_back_off import ErrorBackOff
from punctuald.delivery.in_flight import InFlight, State
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.tasks import Tasks
from punctuald.delivery.timer import Timer
from punctuald.delivery.worker_context import WorkerContext
from punctuald.errors import SourceError
from punctuald.model import Message
from punctuald.policy.delivery.lease import WAITING_SECONDS, capped, renew_at_mono

RENEWED_TOGETHER_SECONDS = 1.0
"""Leases that are due this soon are renewed together with one that is due now: a request costs the same for ten."""

RETRY_SECONDS = 1.0
GARBAGE_ALLOWED = 64
LIFETIME_OVER = "LifetimeOver"
EXPIRED_UNRENEWED = "ExpiredUnrenewed"

Together = dict[InFlight, None]
"""Items that were received together and have their leases renewed together; each item knows which one it is in."""

OnLost = Callable[[InFlight, str], None]
"""Called with an item whose lease is over, and the error code that says why, the source's or our own."""


class LeaseRenewer:
    """One heap of what was received together, earliest renewal first.

    A lease is kept from receive to settlement, so this is the last thing to stop. Where the source's leases never end
    (`SourceLimits`) nothing is due. ``on_overstayed`` is called with a message that has not started when the longest
    time for which the source lets us keep it is nearly over.
    """

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        *,
        lease_seconds: Callable[[], int],
        on_lost: OnLost,
        on_overstayed: Callable[[InFlight], None],
    ) -> None:
        self._source = options.source
        self._limits = options.source.limits
        self._clock = context.clock
        self._lease_seconds = lease_seconds
        self._on_lost = on_lost
        self._on_overstayed = on_overstayed
        self._back_off = ErrorBackOff("extend", options, context)
        self._tasks = Tasks()
        self._timer = Timer(context.clock, self._renew_due)
        self._renewals: list[tuple[float, int, Together]] = []
        self._sequence = 0
        self._sweep_at = GARBAGE_ALLOWED
        self._stopped = False

    def keep(self, items: Sequence[InFlight], lease_until_mono: float) -> None:
        """Renew the leases of ``items`` at half life from now on; call it again after a redelivery gave a new lease."""
        if lease_until_mono != inf:
            now_mono = self._clock.mono()
            self._renew_at(renew_at_mono(now_mono, lease_until_mono - now_mono), items)

    def renew(self, items: Sequence[InFlight]) -> None:
        """Do not wait for half of the life of leases that are kept."""
        self._renew_at(self._clock.mono(), items)

    def forget(self, items: Iterable[InFlight]) -> None:
        """``items`` are no longer in flight."""
        for item in items:
            together = item.renewed_with
            if together is not None:
                together.pop(item, None)

    def stop(self) -> None:
        """Renew no more."""
        self._stopped = True
        self._timer.stop()
        self._tasks.cancel()

    def _renew_due(self) -> None:
        while not self._stopped and (due := self._take_due(self._clock.mono())):
            self._renew(due)
        self._sleep()

    def _sleep(self) -> None:
        due_mono = self._next_due_mono()
        if due_mono != inf and not self._stopped:
            self._timer.by(due_mono)

    def _next_due_mono(self) -> float:
        """When the next renewal is due. Drops the entries whose messages have all left."""
        while self._renewals and not self._renewals[0][2]:
            heapq.heappop(self._renewals)
        return self._renewals[0][0] if self._renewals else inf

    def _renew_at(self, renewal_mono: float, items: Iterable[InFlight]) -> None:
        together: Together = dict.fromkeys(items)
        self.forget(together)
        for item in together:
            item.renewed_with = together
        self._sequence += 1
        heapq.heappush(self._renewals, (renewal_mono, self._sequence, together))
        self._sweep()
        if self._renewals[0][2] is together:
            self._sleep()

    def _sweep(self) -> None:
        """Drop all entries whose messages have left; a long lease's entry would otherwise stay for minutes."""
        if len(self._renewals) > self._sweep_at:
            self._renewals = [entry for entry in self._renewals if entry[2]]
            heapq.heapify(self._renewals)
            self._sweep_at = 2 * len(self._renewals) + GARBAGE_ALLOWED

    def _take_due(self, now_mono: float) -> list[InFlight]:
        """As many items as one call takes, due or nearly due. They stay kept, for a next try where this one fails."""
        due: list[InFlight] = []
        if self._next_due_mono() > now_mono:
            return due
        while len(due) < self._limits.largest_batch and self._next_due_mono() <= now_mono + RENEWED_TOGETHER_SECONDS:
            entry = heapq.heappop(self._renewals)
            together, room = tuple(entry[2]), self._limits.largest_batch - len(due)
            due += together[:room]
            if len(together) > room:
                for item in together[:room]:
                    del entry[2][item]
                heapq.heappush(self._renewals, entry)
        self._renew_at(now_mono + RETRY_SECONDS, due)
        return due

    def _renew(self, due: Sequence[InFlight]) -> None:
        now_mono, wanted_seconds = self._clock.mono(), self._lease_seconds()
        longest = self._limits.longest_lease_seconds
        left = [(item, capped(wanted_seconds, item.received_mono, now_mono, longest)) for item in due]
        for item, seconds in left:
            if seconds == 0 and item.lease_until_mono <= now_mono:
                self._lose(item, LIFETIME_OVER)
            elif now_mono - item.received_mono > WAITING_SECONDS and item.state in {State.READY, State.HELD}:
                self._on_overstayed(item)
        living = [(item, item.message) for item, seconds in left if seconds > 0 and not _goes_back(item, now_mono)]
        if living:
            self._tasks.start(self._extend(living, min(seconds for _, seconds in left if seconds > 0)))

    async def _extend(self, leases: Sequence[tuple[InFlight, Message]], seconds: int) -> None:
        asked_mono = self._clock.mono()
        try:
            failures = await self._source.extend([message for _, message in leases], seconds)
        except SourceError as error:
            pause_seconds = self._back_off.failed(error, asked_mono)
            self._try_again([item for item, message in leases if item.holds(message)], pause_seconds)
            return
        self._back_off.ended()
        failure_of = {failure.receipt_handle: failure for failure in failures}
        # An item that was redelivered meanwhile has a new lease, and another renewal keeps that.
        current = [(item, failure_of.get(message.receipt_handle)) for item, message in leases if item.holds(message)]
        self._extended([item for item, failure in current if failure is None], asked_mono + seconds)
        self._try_again([item for item, failure in current if failure and failure.retryable], RETRY_SECONDS)
        for item, failure in current:
            if failure is not None and not failure.retryable:
                self._lose(item, failure.code)

    def _extended(self, items: Sequence[InFlight], lease_until_mono: float) -> None:
        kept = [item for item in items if self._is_kept(item)]  # else it was settled while the call was under way
        for item in kept:
            item.lease_until_mono = lease_until_mono
        if kept:
            self.keep(kept, lease_until_mono)

    def _try_again(self, items: Sequence[InFlight], seconds: float) -> None:
        now_mono = self._clock.mono()
        for item in items:
            if not self._is_kept(item):
                continue
            if item.lease_until_mono > now_mono:
                self._renew_at(min(now_mono + seconds, item.lease_until_mono), [item])
            else:
                self._lose(item, EXPIRED_UNRENEWED)

    def _is_kept(self, item: InFlight) -> bool:
        return item.renewed_with is not None and item in item.renewed_with

    def _lose(self, item: InFlight, code: str) -> None:
        if self._is_kept(item):
            self.forget((item,))
            self._on_lost(item, code)


def _goes_back(item: InFlight, now_mono: float) -> bool:
    """Whether its release is under way, and has time: an extension that comes after it would change for how long the
    message stays hidden. A release that has to be tried again for so long needs its lease renewed after all."""
    return item.releasing and item.lease_until_mono > now_mono + 2 * RETRY_SECONDS
