"""A worker's sources, each of the kind that its table in the configuration is."""

from __future__ import annotations

from functools import partial

from punctuald.app.outline import Outline
from punctuald.config import QueueSettings, SourceSettings
from punctuald.logs.limited import LimitedLog
from punctuald.ports import Source
from punctuald.source.aws.credentials.chain import ProviderChain
from punctuald.source.sqs.source import SqsSource
from punctuald.stats.board.row_writer import RowWriter

from .sqs_apis import SqsApis


class Sources:
    """Makes them, on the worker's event loop."""

    def __init__(
        self, outline: Outline, stats: RowWriter, limited: LimitedLog, chain: ProviderChain | None = None
    ) -> None:
        self._limited = limited
        self._outline = outline
        self._stats = stats
        self._decision = outline.board.decision()
        self._apis = SqsApis(outline.clock, outline.endpoints, chain)

    def of(self, number: int) -> Source:
        """The source with this number. Where it can't be reached as the configuration says, each of its calls says so,
        and the others have theirs all the same."""
        settings = self._outline.settings.sources[number]
        return self._queue(number, settings) if isinstance(settings, QueueSettings) else self._topic(number, settings)

    def _topic(self, number: int, settings: SourceSettings) -> Source:
        from punctuald.source.kafka.source import KafkaSource  # noqa: PLC0415 - stands on an extra

        topic = self._outline.topics[settings.name]
        count = partial(self._stats.count, number)
        return KafkaSource(topic, count, self._outline.clock, self._limited, self._members)

    def _members(self) -> int:
        """How many workers there are to be, as far as the autoscaler has said."""
        decided, least = self._decision.read(), self._outline.settings.pool.min_workers
        return least if decided is None else max(least, decided.workers)

    def _queue(self, number: int, queue: QueueSettings) -> Source:
        return SqsSource(
            self._apis.of(queue, receives=True),
            queue.name,
            queue.url or None,
            queue.dead_letter_queue,
            partial(self._stats.count, number),
            self._outline.clock,
            self._apis.skew,
            self._limited,
        )
