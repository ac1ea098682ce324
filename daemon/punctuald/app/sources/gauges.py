"""What the autoscaler asks for each source's backlog."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from punctuald.app.outline import Outline
from punctuald.config import QueueSettings, SourceSettings, StreamSettings
from punctuald.logs.limited import LimitedLog
from punctuald.model import Backlog
from punctuald.process.autoscaler.board_gauge import BoardGauge
from punctuald.source.sqs.gauge import SqsGauge
from punctuald.source.sqs.queue import SqsQueue
from punctuald.stats.board.row_writer import RowWriter

from .aws_access import AwsAccess
from .sqs_apis import SqsApis

if TYPE_CHECKING:
    from punctuald.source.kafka.gauge import KafkaGauge


class Gauge(Protocol):
    """A `BacklogGauge` that also knows how many workers its source can use."""

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`."""

    @property
    def partitions(self) -> int | None:
        """How many workers can have messages of it at the same time; None = any number, or not yet known."""

    def read(self) -> Backlog | None:
        """See `BacklogGauge.read`."""


class Gauges:
    """One for each source, in their order. Those of queues run on one event loop, in the thread that reads them."""

    def __init__(self, outline: Outline, stats: RowWriter, limited: LimitedLog) -> None:
        self._outline = outline
        self._stats = stats
        self._limited = limited
        self._apis = SqsApis(AwsAccess(outline.clock), outline.endpoints)
        self._runner = asyncio.Runner()
        self.all: Sequence[Gauge] = [self._of(*each) for each in enumerate(outline.settings.sources)]

    @property
    def ordered(self) -> bool:
        """Whether all messages come in groups, so that there is no more to do at once than there are groups."""
        return all(gauge.ordered for gauge in self.all)

    def partitions(self) -> int | None:
        """How many workers can have messages at the same time, whatever they come from."""
        counts = [gauge.partitions for gauge in self.all]
        known = [count for count in counts if count is not None]
        return max(known, default=None) if len(known) == len(counts) else None

    def _of(self, number: int, settings: SourceSettings) -> Gauge:
        if isinstance(settings, StreamSettings):
            return BoardGauge(settings.name, self._outline.boards, self._outline.clock)
        return self._queue(number, settings) if isinstance(settings, QueueSettings) else self._topic(number, settings)

    def _queue(self, number: int, queue: QueueSettings) -> SqsGauge:
        api, clock = self._apis.of(queue, receives=False), self._outline.clock
        asked = SqsQueue(api, queue.queue_name, queue.url or None, partial(self._stats.count, number), clock)
        return SqsGauge(asked, clock, self._runner.run)

    def _topic(self, number: int, settings: SourceSettings) -> KafkaGauge:
        from punctuald.source.kafka.client_log import ClientLog  # noqa: PLC0415 - stands on an extra
        from punctuald.source.kafka.gauge import KafkaGauge  # noqa: PLC0415

        count: Any = partial(self._stats.count, number)
        log = ClientLog(settings.name, self._limited)
        return KafkaGauge(self._outline.topics[settings.name], count, self._outline.clock, log)
