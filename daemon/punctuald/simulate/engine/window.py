"""The messages that the pool holds back, and which of them goes first: the daemon's own order of urgency."""

from __future__ import annotations

from heapq import heappop, heappush

from punctuald.policy.delivery.priority import Priority, classify
from punctuald.simulate.trace.stamps import SECOND, stamp
from punctuald.simulate.trace.tier_plan import TierPlan

from .broker import Broker
from .setup import Overload


class Window:
    """Holds up to a given number of messages; within a tier the earliest sent is always the most urgent one."""

    def __init__(self, broker: Broker, sent: memoryview, plan: TierPlan, overload: Overload) -> None:
        self._broker = broker
        self._sent = sent
        self._plan = plan
        self._thresholds = tuple(stamp(seconds) for seconds in plan.thresholds_seconds)
        self._tiers: list[list[int]] = [[] for _ in self._thresholds]
        self._breached: list[tuple[int, int]] = []  # (deadline, index)
        self._rescue = overload is Overload.RESCUE
        self.held = 0

    def fill(self, now: int, size: int) -> None:
        """Receive what is visible at ``now`` until ``size`` messages are held."""
        while self.held < size:
            index = self._broker.receive(now)
            if index is None:
                return
            heappush(self._tiers[self._tier_of(index)], index)
            self.held += 1

    def take(self, now: int) -> int:
        """The most urgent message at ``now``; there must be one."""
        self.held -= 1
        best = self._most_urgent(now)
        while self._rescue and best is not None and best[0] is Priority.HIGH:
            _, deadline, tier = best
            heappush(self._breached, (deadline, heappop(self._tiers[tier])))
            best = self._most_urgent(now)
        return heappop(self._breached)[1] if best is None else heappop(self._tiers[best[2]])

    def _most_urgent(self, now: int) -> tuple[Priority, int, int] | None:
        best: tuple[Priority, int, int] | None = None
        for tier, held in enumerate(self._tiers):
            if held:
                sent, threshold = self._sent[held[0]], self._thresholds[tier]
                urgency = (classify((now - sent) / threshold), sent + threshold, tier)
                best = urgency if best is None or urgency < best else best
        return best

    def _tier_of(self, index: int) -> int:
        return self._plan.tiers[self._plan.span_at(self._sent[index] / SECOND)]

    def put_back(self) -> bool:
        """Give all messages back to the broker, if that restores its order: they must be of one tier, and the last ones
        received."""
        held = [tier for tier in self._tiers if tier]
        if self._breached or len(held) > 1:
            return False
        if held:
            if max(held[0]) + 1 != self._broker.next or self._broker.next - min(held[0]) != len(held[0]):
                return False
            self._broker.next -= len(held[0])
            held[0].clear()
            self.held = 0
        return True
