"""Keeps the leases of everything in our hands."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Sequence
from math import inf

from punctuald.clock import Clock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Message
from punctuald.policy.lease import capped, renew_at_mono, visibility_seconds

from .heap import GARBAGE_ALLOWED
from .inflight import InFlight
from .ledger import Ledger
from .outage import Outage
from .recorder import Recorder
from .terms import QueueTerms

BATCH = 10
COMPANY_SECONDS = 1.0
"""Leases that are due this soon ride along with one that is due now: a request costs the same for ten."""

RETRY_SECONDS = 1.0
LIFETIME_OVER = "LifetimeOver"
EXPIRED_UNRENEWED = "ExpiredUnrenewed"

Kept = dict[InFlight, None]
"""Leases that are renewed together, as they were received; each item knows the one that it is in."""

OnLost = Callable[[InFlight, Message], None]
"""Called with an item whose lease is over, and the message under whose handle it was."""


class Keeper:
    """One heap of what was received together from one queue, earliest renewal first.

    One thread, no timers, asleep while it is empty.

    A lease is kept from receive to settlement, so this is the last thing to stop. `keep` and `forget` may be called
    from any thread, `step` from one. The lock is held for the heap only.
    """

    def __init__(
        self,
        terms: QueueTerms,
        *,
        recorder: Recorder,
        ledger: Ledger,
        outage: Outage,
        clock: Clock,
        on_lost: OnLost,
    ) -> None:
        self._terms = terms
        self._recorder = recorder
        self._ledger = ledger
        self._outage = outage
        self._clock = clock
        self._on_lost = on_lost
        self._changed = threading.Condition()
        self._renewals: list[tuple[float, int, Kept]] = []
        self._sequence = 0
        self._sweep_at = GARBAGE_ALLOWED
        self._wakes_at_mono = inf
        self._stopped = False

    def __len__(self) -> int:
        with self._changed:
            return sum(len(kept) for _, _, kept in self._renewals)

    def keep(self, items: Sequence[InFlight], lease_until_mono: float) -> None:
        """Renew their leases at half life, from now on; or anew, after a redelivery brought a new one."""
        now_mono = self._clock.mono()
        self._renew_at(renew_at_mono(now_mono, lease_until_mono - now_mono), items)

    def forget(self, items: Iterable[InFlight]) -> None:
        """They have left our hands. No lock, as taking a key out of a dict is one step to CPython."""
        for item in items:
            kept = item.kept_with
            if kept is not None:
                kept.pop(item, None)

    def step(self) -> bool:
        """One extend call, if a renewal is due; False where none is."""
        now_mono = self._clock.mono()
        due = self._take_due(now_mono)
        if due:
            self._renew(due, now_mono)
        return bool(due)

    def run(self) -> None:
        """Work until `stop`."""
        while self._wait_for_work():
            self.step()

    def stop(self) -> None:
        """End `run`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _wait_for_work(self) -> bool:
        with self._changed:
            while not self._stopped:
                due_mono, now_mono = self._next_due_mono(), self._clock.mono()
                if due_mono <= now_mono:
                    return True
                self._wakes_at_mono = due_mono
                self._changed.wait(None if due_mono == inf else due_mono - now_mono)
            return False

    def _next_due_mono(self) -> float:
        """Called with the lock held; those whose messages have all left our hands are dropped here."""
        while self._renewals and not self._renewals[0][2]:
            heapq.heappop(self._renewals)
        return self._renewals[0][0] if self._renewals else inf

    def _renew_at(self, renewal_mono: float, items: Iterable[InFlight]) -> None:
        kept: Kept = dict.fromkeys(items)
        with self._changed:
            self.forget(kept)
            for item in tuple(kept):
                item.kept_with = kept
                if item.fate is not None:  # settled since the caller looked: `forget` was here before us
                    kept.pop(item, None)
            self._sequence += 1
            heapq.heappush(self._renewals, (renewal_mono, self._sequence, kept))
            self._sweep()
            if renewal_mono < self._wakes_at_mono:
                self._wakes_at_mono = -inf  # one wake-up is enough, until the thread looks again
                self._changed.notify()

    def _sweep(self) -> None:
        """A long lease's entry would come up only minutes after its messages have left."""
        if len(self._renewals) > self._sweep_at:
            self._renewals = [entry for entry in self._renewals if entry[2]]
            heapq.heapify(self._renewals)
            self._sweep_at = 2 * len(self._renewals) + GARBAGE_ALLOWED

    def _take_due(self, now_mono: float) -> list[InFlight]:
        """Up to ten that are due or nearly so. They stay kept, for a next try, in case that this one fails."""
        due: list[InFlight] = []
        with self._changed:
            if self._next_due_mono() > now_mono:
                return []
            while len(due) < BATCH and self._next_due_mono() <= now_mono + COMPANY_SECONDS:
                entry = heapq.heappop(self._renewals)
                together, room = tuple(entry[2]), BATCH - len(due)  # in one step: others may forget some meanwhile
                due += together[:room]
                if len(together) > room:
                    heapq.heappush(self._renewals, entry)
        self._renew_at(now_mono + RETRY_SECONDS, due)
        return due

    def _renew(self, due: Sequence[InFlight], now_mono: float) -> None:
        wanted_seconds = visibility_seconds(self._recorder.p99_run_seconds(), self._terms.visibility_seconds)
        leases = [(item, item.message, capped(wanted_seconds, item.received_mono, now_mono)) for item in due]
        for item, message, seconds in leases:
            if seconds == 0 and item.lease_until_mono <= now_mono:
                self._lose(item, message, LIFETIME_OVER)
        living = [lease for lease in leases if lease[2] > 0]
        if living:
            self._extend([(item, message) for item, message, _ in living], min(lease[2] for lease in living), now_mono)

    def _extend(self, leases: Sequence[tuple[InFlight, Message]], seconds: int, now_mono: float) -> None:
        try:
            failures = self._terms.source.extend([message for _, message in leases], seconds)
        except (SourceUnavailable, SourceMisconfigured) as error:
            self._try_again(leases, self._outage.failed(error))
            return
        self._outage.ended()
        failure_of = {failure.receipt_handle: failure for failure in failures}
        for item, message in leases:
            failure = failure_of.get(message.receipt_handle)
            if failure is None:
                self._extended(item, message, now_mono + seconds)
            elif failure.retryable:
                self._try_again([(item, message)], RETRY_SECONDS)
            else:
                self._lose(item, message, failure.code)

    def _extended(self, item: InFlight, message: Message, lease_until_mono: float) -> None:
        if item.message is message:  # else a redelivery came in between, with a lease and a renewal of its own
            item.lease_until_mono = lease_until_mono
            self._again_at(item, renew_at_mono(self._clock.mono(), lease_until_mono - self._clock.mono()))

    def _try_again(self, leases: Sequence[tuple[InFlight, Message]], seconds: float) -> None:
        now_mono = self._clock.mono()
        for item, message in leases:
            if item.lease_until_mono > now_mono:
                self._again_at(item, min(now_mono + seconds, item.lease_until_mono))
            else:
                self._lose(item, message, EXPIRED_UNRENEWED)

    def _again_at(self, item: InFlight, renewal_mono: float) -> None:
        if item.kept_with is not None and item in item.kept_with:  # else it was settled while the call was under way
            self._renew_at(renewal_mono, [item])

    def _lose(self, item: InFlight, message: Message, code: str) -> None:
        if item.message is not message:
            return
        if item.kept_with is None or item.kept_with.pop(item, item) is not None:
            return
        self._ledger.lease_lost(item, "extend", code)
        self._on_lost(item, message)
