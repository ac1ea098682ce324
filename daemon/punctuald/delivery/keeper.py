"""Keeps the leases of everything in our hands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import inf

from punctuald.clock import Clock
from punctuald.errors import SourceMisconfigured, SourceUnavailable
from punctuald.model import Message
from punctuald.policy.lease import capped, renew_at_mono, visibility_seconds

from .heap import LazyHeap
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

OnLost = Callable[[InFlight, Message], None]
"""Called with an item whose lease is over, and the message under whose handle it was."""


class Keeper:
    """One heap of leases of one queue, earliest renewal first; one thread, no timers, asleep while it is empty.

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
        self._renewals = LazyHeap[InFlight]()
        self._wakes_at_mono = inf
        self._stopped = False

    def __len__(self) -> int:
        return len(self._renewals)

    def keep(self, item: InFlight) -> None:
        """Renew its lease at half life, from now on; or anew, after a redelivery brought a new one."""
        now_mono = self._clock.mono()
        renewal_mono = renew_at_mono(now_mono, item.lease_until_mono - now_mono)
        with self._changed:
            if item.fate is not None:  # settled since the caller looked: `forget` was here before us
                return
            self._renewals.set(item, renewal_mono)
            if renewal_mono < self._wakes_at_mono:
                self._wakes_at_mono = -inf  # one wake-up is enough, until the thread looks again
                self._changed.notify()

    def forget(self, item: InFlight) -> None:
        """It has left our hands."""
        with self._changed:
            self._renewals.discard(item)

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
                first, now_mono = self._renewals.first(), self._clock.mono()
                due_mono = inf if first is None else first[0]
                if due_mono <= now_mono:
                    return True
                self._wakes_at_mono = due_mono
                self._changed.wait(None if first is None else due_mono - now_mono)
            return False

    def _take_due(self, now_mono: float) -> list[InFlight]:
        """Up to ten that are due or nearly so. They stay in the heap, for a next try, in case that this one fails."""
        with self._changed:
            first = self._renewals.first()
            if first is None or first[0] > now_mono:
                return []
            due: list[InFlight] = []
            while len(due) < BATCH and (item := self._renewals.pop_due(now_mono + COMPANY_SECONDS)) is not None:
                due.append(item)
            for item in due:
                self._renewals.set(item, now_mono + RETRY_SECONDS)
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
        with self._changed:
            if item in self._renewals:  # else it was settled while the call was under way
                self._renewals.set(item, renewal_mono)

    def _lose(self, item: InFlight, message: Message, code: str) -> None:
        if item.message is not message:
            return
        with self._changed:
            if not self._renewals.discard(item):
                return
        self._ledger.lease_lost(item, "extend", code)
        self._on_lost(item, message)
