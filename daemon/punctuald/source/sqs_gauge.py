"""How long an SQS queue is, by its own approximate counts."""

from __future__ import annotations

from typing import Any

from punctuald.clock import Clock
from punctuald.model import Backlog, Counter

from .port import CountRequests
from .sqs_queue import SqsQueue

VISIBLE = "ApproximateNumberOfMessages"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"


class SqsGauge:
    """Reads one queue's three counters, in one request. They lag by up to a minute after the traffic changes."""

    def __init__(self, client: Any, name: str, url: str | None, count: CountRequests, clock: Clock) -> None:
        self._queue = SqsQueue(client, name, url, count)
        self._clock = clock

    @property
    def ordered(self) -> bool:
        """Whether its messages come in groups, see `Source.ordered`."""
        return self._queue.ordered

    def read(self) -> Backlog:
        """See `BacklogGauge.read`. Raises `SourceMisconfigured` as well."""
        answer = self._queue.call(
            Counter.REQUEST_ATTRIBUTES, "get_queue_attributes", AttributeNames=[VISIBLE, IN_FLIGHT, DELAYED]
        )
        counts = answer["Attributes"]
        return Backlog(int(counts[VISIBLE]), int(counts[IN_FLIGHT]), int(counts[DELAYED]), self._clock.mono())
