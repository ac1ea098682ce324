"""What ordered groups mean for one queue's delivery: who may start, what a failed head holds up, what goes back.

The order itself is kept by `ready/message_groups.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.clock import Clock
from punctuald.delivery.hold_budget import HoldBudget
from punctuald.delivery.in_flight import InFlight, State
from punctuald.delivery.ready.message_groups import MessageGroups
from punctuald.delivery.receive.prefetch_budget import PrefetchBudget
from punctuald.model import OutcomeKind
from punctuald.policy.delivery.downstream import hidden_seconds

from .held import Held


class GroupOrder:
    """A failed head stays in flight with its followers and is tried again in place. Given back alone, the head would
    wait in the queue for as long as its followers are in flight, and their receives would be counted without a run.

    What waits behind a held head takes no room from other groups. ``start`` is called with what may start.
    """

    def __init__(
        self, clock: Clock, budget: PrefetchBudget, holds: HoldBudget, start: Callable[[Sequence[InFlight]], None]
    ) -> None:
        self._groups = MessageGroups()
        self._budget = budget
        self._holds = holds
        self._start = start
        self._held = Held(clock, self._resume)
        self.aside: dict[InFlight, None] = {}
        """What is held until its queue's downstream is back, the longest first."""
        self.least_hidden_seconds: Callable[[], float] = lambda: 0.0
        """Asked for how long to hide what was held and goes back, at least."""

    def enter(self, items: Sequence[InFlight]) -> list[InFlight]:
        """Those of ``items``, which are ready, that may start now; the others wait behind the heads of their groups."""
        startable = []
        for item in items:
            if self._groups.enter(item):
                startable.append(item)
            elif (head := self._groups.head_of(item)) is not None and head.state is State.HELD:
                self._budget.free([item])
        return startable

    def hold(self, head: InFlight, until_mono: float) -> None:
        """Its handler failed, or wants it later: try again then, and nothing of its group before."""
        head.move(State.HELD)
        self._held.hold(head, until_mono)
        if _waits(head):
            self._holds.take(head)
        self._budget.free([head, *self._groups.followers(head)])

    def set_aside(self, head: InFlight) -> None:
        """Hold it, and nothing of its group starts before, until `take_up`."""
        head.move(State.HELD)
        self.aside[head] = None
        self._budget.free([head, *self._groups.followers(head)])

    def take_up(self, head: InFlight) -> None:
        """Let one that was set aside start; to wait for a downstream was no try."""
        del self.aside[head]
        self._begin_anew(head)

    def advance(self, head: InFlight) -> None:
        """``head`` is completed: the next of its group may start, unless that is on its way back already."""
        following = self._groups.advance(head)
        if following is not None and following.state is State.READY:
            self._start([following])

    def leave(self, item: InFlight) -> list[InFlight]:
        """``item`` is no longer in flight and comes again. Returns all behind it, in order: that has to go back too."""
        self._held.take_out(item)
        self.aside.pop(item, None)
        self._holds.free([item])
        return self._groups.leave(item)

    def unhold(self, items: Sequence[InFlight]) -> None:
        """They go back now: nothing of theirs becomes due any more."""
        held = {item for item in items if item.state is State.HELD}
        if held:
            self._held.take_out_all(held)
            self._holds.free(held)
        for item in held:
            self.aside.pop(item, None)

    def resume(self, item: InFlight) -> None:
        """Try a held one again now."""
        self._held.take_out(item)
        self._resume(item)

    def whole_group(self, item: InFlight) -> list[InFlight]:
        """What goes back together with ``item``, in the order in which to give it back: followers first, then the head.

        A head that runs is left to end; then only the followers go back.
        """
        head = self._groups.head_of(item)
        if head is None:
            return [item]
        followers = self._groups.followers(head)
        return followers if head.state is State.RUNNING else [*followers, head]

    def head_of(self, item: InFlight) -> InFlight:
        """The head of its group; itself where it is in none."""
        return self._groups.head_of(item) or item

    def is_held_up(self, item: InFlight) -> bool:
        """Whether it waits behind the head of its group, which is held."""
        return self.head_of(item) is not item and self.head_of(item).state is State.HELD

    def is_head(self, item: InFlight) -> bool:
        """Whether ``item`` is the head of its group, so that others may wait behind it."""
        return self._groups.head_of(item) is item

    def wait_seconds(self, item: InFlight, now_mono: float) -> float:
        """How long others are to wait for ``item`` that goes back at ``now_mono``: 0 unless it is held."""
        if item in self.aside:
            return max(self.least_hidden_seconds(), hidden_seconds(now_mono - item.received_mono))
        until_mono = self._held.until_mono(item)
        return 0.0 if until_mono is None else max(self.least_hidden_seconds(), until_mono - now_mono)

    def held_past(self, mono: float) -> list[InFlight]:
        """The heads that are to wait longer than until ``mono``."""
        return self._held.past(mono)

    def stop(self) -> None:
        """Nothing held is tried again."""
        self._held.stop()

    def _resume(self, head: InFlight) -> None:
        if not (_waits(head) or _met_an_illness(head)):  # which are no tries
            head.message = head.message.again()
        self._holds.free([head])
        self._begin_anew(head)

    def _begin_anew(self, head: InFlight) -> None:
        head.move(State.READY)
        head.outcome, head.started_mono, head.finished_mono = None, 0.0, 0.0
        self._budget.take([head, *self._groups.followers(head)])
        self._start([head])


def _met_an_illness(item: InFlight) -> bool:
    return item.outcome is not None and bool(item.outcome.illness)


def _waits(item: InFlight) -> bool:
    return item.outcome is not None and item.outcome.kind is OutcomeKind.WAIT
