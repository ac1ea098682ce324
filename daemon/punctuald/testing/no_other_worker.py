"""What a worker that is alone knows of its queues' downstreams: what it said itself."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.policy.delivery.downstream import Report


class NoOtherWorker:
    """A `DownstreamPort`, for there is no board."""

    def __init__(self) -> None:
        self._said: dict[int, Report] = {}
        self._changes = 0

    def changes(self) -> int:
        """See `DownstreamPort.changes`."""
        return self._changes

    def reports(self, queue: int) -> tuple[int, Sequence[Report]]:
        """See `DownstreamPort.reports`."""
        return 0, [self._said.get(queue, Report())._replace(ready=True)]

    def say(self, queue: int, report: Report) -> None:
        """See `DownstreamPort.say`."""
        self._said[queue] = report
        self._changes += 1
