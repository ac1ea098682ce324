"""Which queues' downstreams are away, as the workers say: no worker is ordered for what none could handle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from punctuald.policy.delivery.downstream import Report, agreed


class Reports(Protocol):
    """What all workers report."""

    def changes(self) -> int:
        """Moves with each change of any report but for whether a worker is ready."""
        ...

    def reports(self, queue: str) -> Sequence[Report]:
        """Those on the queue of that name."""
        ...


class Downstreams:
    """Asked at each tick, and nearly always nothing was said since: all reports are read only where something was."""

    def __init__(self, queues: Sequence[str], reports: Reports) -> None:
        self._queues = queues
        self._reports = reports
        self._seen_changes: int | None = None
        self._down: frozenset[int] = frozenset()

    def down(self) -> frozenset[int]:
        """The indexes of the queues that are not received from."""
        changes = self._reports.changes()  # before the reports: what is said meanwhile is read the next time
        if changes != self._seen_changes:
            self._seen_changes = changes
            self._down = frozenset(
                number for number, name in enumerate(self._queues) if agreed(self._reports.reports(name)).is_down
            )
        return self._down

    @property
    def all_are_down(self) -> bool:
        """Whether no queue is received from."""
        return len(self.down()) == len(self._queues)

    @property
    def hold_messages(self) -> bool:
        """Whether workers that are ready hold messages of a queue that is down."""
        of_each = (self._reports.reports(self._queues[queue]) for queue in self.down())
        return any(each.ready and each.held for reports in of_each for each in reports)
