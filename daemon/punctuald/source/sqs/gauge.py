"""How long an SQS queue is, by its own approximate counts. Blocks: for a thread of its own, outside the workers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from punctuald.clock import Clock
from punctuald.model import Backlog, Metric

from .answers import attributes_in, count_in
from .queue import SqsQueue

VISIBLE = "ApproximateNumberOfMessages"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"

RunBacklog = Callable[[Coroutine[Any, Any, Backlog]], Backlog]
"""Runs it to its end and blocks meanwhile, always on the same event loop: that of an `asyncio.Runner`."""


class SqsGauge:
    """Reads one queue's three counters, in one request. They lag by up to a minute after the traffic changes.

    ``queue`` makes its calls on the event loop of ``run``, by whatever transport it has: what other calls of this
    process learned of credentials, of the broker's clock and of dead connections counts here too.
    """

    def __init__(self, queue: SqsQueue, clock: Clock, run: RunBacklog) -> None:
        self._queue = queue
        self._clock = clock
        self._run = run

    @property
    def ordered(self) -> bool:
        """Whether its messages come in groups, see `Source.ordered`."""
        return self._queue.ordered

    @property
    def partitions(self) -> None:
        """Any number of workers can receive from a queue."""
        return

    def read(self) -> Backlog:
        """See `BacklogGauge.read`. Raises `SourceMisconfigured` as well."""
        return self._run(self._read())

    async def _read(self) -> Backlog:
        parameters: dict[str, Any] = {"AttributeNames": [VISIBLE, IN_FLIGHT, DELAYED]}
        answer = await self._queue.call(Metric.REQUEST_ATTRIBUTES, "GetQueueAttributes", parameters)
        counts = attributes_in(answer, self._queue.name)
        visible, in_flight, delayed = (count_in(counts, key, self._queue.name) for key in (VISIBLE, IN_FLIGHT, DELAYED))
        return Backlog(visible, in_flight, delayed, self._clock.mono())
