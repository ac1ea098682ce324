"""Which queues' downstreams are away, as the workers say: no worker is ordered for what none could handle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.policy.delivery.downstream import Report, agreed


class Downstreams:
    """``reports`` gives all workers' reports on the queue of that name. Called from any thread."""

    def __init__(self, queues: Sequence[str], reports: Callable[[str], Sequence[Report]]) -> None:
        self._queues = queues
        self._reports = reports

    def is_down(self, queue: int) -> bool:
        """Whether the queue with this index is not received from."""
        return agreed(self._reports(self._queues[queue])).is_down

    @property
    def all_are_down(self) -> bool:
        """Whether no queue is received from."""
        return all(self.is_down(queue) for queue in range(len(self._queues)))

    @property
    def hold_messages(self) -> bool:
        """Whether workers that are ready hold messages of a queue that is down."""
        of_each = [self._reports(name) for name in self._queues]
        return any(agreed(reports).is_down and any(each.ready and each.held for each in reports) for reports in of_each)
