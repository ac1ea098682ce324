"""Where this worker and the others say which queue's downstream is away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from punctuald.policy.delivery.downstream import Report


class DownstreamPort(Protocol):
    """The reports of all workers of this host, of which this one writes its own. Called on the event loop only."""

    def changes(self) -> int:
        """Moves with each change of any report."""
        ...

    def reports(self, queue: int) -> tuple[int, Sequence[Report]]:
        """All reports on the queue with index ``queue``, in the order in which workers are to probe; and the place of
        this worker's own among them."""
        ...

    def say(self, queue: int, report: Report) -> None:
        """This worker's report; whether it is ready is known already."""
        ...
