"""A worker's sources, each over what its queue's transport is."""

from __future__ import annotations

from functools import partial

import structlog

from punctuald.ports import Source
from punctuald.source.sqs.source import SqsSource
from punctuald.stats.board.row_writer import RowWriter

from .outline import Outline
from .sqs_apis import SqsApis

log = structlog.get_logger()


class Sources:
    """Makes them, on the worker's event loop."""

    def __init__(self, outline: Outline, stats: RowWriter) -> None:
        self._outline = outline
        self._stats = stats
        self._apis = SqsApis(outline.clock, outline.endpoints)

    def of(self, number: int) -> Source:
        """The source of the queue with this index. Raises what `SqsApis.choice` does."""
        queue = self._outline.settings.queues[number]
        choice = self._apis.choice(queue)
        log.info("source.transport", queue=queue.name, transport=choice.transport.value, reason=choice.reason)
        return SqsSource(
            self._apis.of(queue, receives=True),
            queue.name,
            queue.url or None,
            queue.dead_letter_queue,
            partial(self._stats.count, number),
            self._outline.clock,
            self._apis.skew,
        )
