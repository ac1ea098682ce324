"""From the slots as they are to the number of workers that is wanted: which to start, which to drain.

A replacement is started and ready before the one that it replaces is drained, one at a time, so that a rolling
restart costs no capacity. Surplus workers are only ever drained, never killed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .fleet import SERVING, PoolSlot, State

SURGE = 1
"""Workers above the target while others are being replaced."""


@dataclass(frozen=True, slots=True)
class DrainOrder:
    """A worker to drain, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """What brings the pool to its target."""

    start: tuple[int, ...]
    drain: tuple[DrainOrder, ...]


@dataclass(frozen=True, slots=True)
class InHand:
    """What it would disturb to let a worker go: messages that wait in it on purpose, and handler slots that have work.

    The number held comes first: what waits has to go back to its queue and is received once more, while what runs ends
    where it is.
    """

    held_messages: int = 0
    busy_slots: int = 0


NOTHING_IN_HAND = InHand()


def reconcile(slots: Sequence[PoolSlot], target: int, generation: int, in_hand: Mapping[int, InHand]) -> PoolPlan:
    """What to do now so that ``target`` workers of ``generation`` serve; ``in_hand`` by index, nothing if not there."""
    serving = [slot for slot in slots if slot.state in SERVING]
    retiring = [slot for slot in serving if _retire_reason(slot, generation)]
    current = [slot for slot in serving if not _retire_reason(slot, generation)]
    return PoolPlan(
        start=_to_start(slots, len(current), len(retiring), target),
        drain=_replaced(current, retiring, target, generation) + _surplus(current, target, in_hand),
    )


def _retire_reason(slot: PoolSlot, generation: int) -> str:
    return slot.retire_reason or ("settings changed" if slot.generation != generation else "")


def _to_start(slots: Sequence[PoolSlot], current: int, retiring: int, target: int) -> tuple[int, ...]:
    # A slot in back-off or FATAL keeps its share of the target: another index must not take over its crash loop.
    waiting = sum(slot.state in {State.BACKOFF, State.FATAL} for slot in slots)
    missing = target - current - waiting
    allowed = target + (SURGE if retiring else 0) - current - retiring - waiting
    free = [slot.index for slot in slots if slot.state is State.EMPTY]
    return tuple(free[: max(0, min(missing, allowed))])


def _replaced(
    current: Sequence[PoolSlot], retiring: Sequence[PoolSlot], target: int, generation: int
) -> tuple[DrainOrder, ...]:
    ready = sum(slot.state is State.READY for slot in current)
    spare = max(0, ready + len(retiring) - target)
    # A worker that is not ready handles nothing yet: as long as there is one, it is drained before any ready one.
    cheapest_first = sorted(retiring, key=lambda slot: (slot.state is State.READY, slot.spawned_mono))
    return tuple(DrainOrder(slot.index, _retire_reason(slot, generation)) for slot in cheapest_first[:spare])


def _surplus(current: Sequence[PoolSlot], target: int, in_hand: Mapping[int, InHand]) -> tuple[DrainOrder, ...]:
    def cheapest_to_lose(slot: PoolSlot) -> tuple[bool, int, int, int]:
        has = in_hand.get(slot.index, NOTHING_IN_HAND)
        return (slot.state is State.READY, has.held_messages, has.busy_slots, -slot.index)

    leaving = sorted(current, key=cheapest_to_lose)[: max(0, len(current) - target)]
    return tuple(DrainOrder(slot.index, "scaled in") for slot in leaving)
