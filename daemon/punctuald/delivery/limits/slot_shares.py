"""The handler slots of one runner, shared by weight among queues that all have overdue messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.policy.limits.queue_weights import Claim, begins_at, go_by_weight, next_queue


class SlotShares:
    """What a queue used before all of the others had overdue messages too gives it neither more nor less."""

    def __init__(self) -> None:
        self._weights: dict[int, int] = {}
        self._used_seconds: dict[int, Callable[[], float]] = {}
        self._joined_at: dict[int, float] = {}  # of those that compete: used seconds that do not count

    def add(self, queue: int, weight: int, used_seconds: Callable[[], float]) -> None:
        """``used_seconds`` says for how long its messages have had slots, those that run now as well as is known."""
        self._weights[queue] = weight
        self._used_seconds[queue] = used_seconds

    @property
    def are_even(self) -> bool:
        """Whether all weights are the same, and deadlines alone decide."""
        return len(set(self._weights.values())) <= 1

    def next_of(self, overdue: Sequence[int]) -> int | None:
        """Whose message is next, of the queues that have an overdue one; None where the earliest deadline decides."""
        for queue in self._joined_at.keys() - set(overdue):
            del self._joined_at[queue]
        for queue in overdue:
            if queue not in self._joined_at:
                begins = begins_at(self._claims(), self._weights[queue])
                self._joined_at[queue] = self._used_seconds[queue]() - begins
        claims = self._claims()
        return next_queue(claims) if go_by_weight(claims) else None

    def _claims(self) -> list[Claim]:
        return [
            Claim(queue, self._weights[queue], self._used_seconds[queue]() - joined)
            for queue, joined in self._joined_at.items()
        ]
