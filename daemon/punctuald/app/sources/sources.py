"""A worker's sources, each of the kind that its table in the configuration is."""

from __future__ import annotations

from functools import partial

from punctuald.app.outline import Outline
from punctuald.config import QueueSettings, SourceSettings, StreamSettings
from punctuald.logs.limited import LimitedLog
from punctuald.policy.receive.region_room import RegionRoom, RegionRooms
from punctuald.ports import Source
from punctuald.source.aws.credentials.chain import ProviderChain
from punctuald.source.regions import Regions
from punctuald.source.sqs.source import SqsSource
from punctuald.stats.board.row_writer import RowWriter

from .aws_access import AwsAccess
from .sqs_apis import SqsApis
from .stream_parts import StreamParts


class Sources:
    """Makes them, on the worker's event loop."""

    def __init__(
        self, outline: Outline, stats: RowWriter, limited: LimitedLog, chain: ProviderChain | None = None
    ) -> None:
        self._limited = limited
        self._outline = outline
        self._stats = stats
        self._decision = outline.board.decision()
        self._access = AwsAccess(outline.clock, chain)
        self._apis = SqsApis(self._access, outline.endpoints)
        self._streams = StreamParts(outline, stats, self._access, self._apis)
        self._regions: dict[str, Regions] = {}  # by the queue's name
        self._rooms: dict[str, RegionRooms] = {}

    def of(self, number: int) -> Source:
        """The source with this number. Where it can't be reached as the configuration says, each of its calls says so,
        and the others have theirs all the same."""
        settings = self._outline.settings.sources[number]
        if isinstance(settings, StreamSettings):
            return self._stream(number, settings)
        return self._queue(number, settings) if isinstance(settings, QueueSettings) else self._topic(number, settings)

    def room_of(self, number: int) -> RegionRoom | None:
        """What the source with this number may have of the worker's room, where it is one region of several."""
        settings = self._outline.settings
        source = settings.sources[number]
        if not isinstance(source, QueueSettings) or not source.one_of_several:
            return None
        [queue] = [each for each in settings.queues if each.name == source.queue_name]
        by_weight = queue.region_order == "weight"
        weights = [region.weight if by_weight else 0 for region in queue.regions]
        rooms = self._rooms.setdefault(queue.name, RegionRooms(weights))
        return rooms.of([region.name for region in queue.regions].index(source.region_name))

    def _topic(self, number: int, settings: SourceSettings) -> Source:
        from punctuald.source.kafka.source import KafkaSource  # noqa: PLC0415 - stands on an extra

        topic = self._outline.topics[settings.name]
        count = partial(self._stats.count, number)
        return KafkaSource(topic, count, self._outline.clock, self._limited, self._members)

    def _stream(self, number: int, settings: StreamSettings) -> Source:
        from punctuald.source.kinesis.source import KinesisSource  # noqa: PLC0415 - stands on an extra

        parts, outline = self._streams, self._outline
        return KinesisSource(
            outline.streams[settings.name],
            parts.api(settings),
            *parts.tables(settings),
            parts.dead_letters(number, settings),
            parts.say_lag(number),
            partial(self._stats.count, number),
            outline.clock,
            self._access.skew,
            limited=self._limited,
            members=self._members,
        )

    def _members(self) -> int:
        """How many workers there are to be, as far as the autoscaler has said."""
        decided, least = self._decision.read(), self._outline.settings.pool.min_workers
        return least if decided is None else max(least, decided.workers)

    def _queue(self, number: int, queue: QueueSettings) -> Source:
        source = self._sqs(number, queue)
        if not queue.one_of_several:
            return source
        regions = self._regions.setdefault(queue.queue_name, Regions(queue.queue_name))
        return regions.add(source, queue.name, queue.region_name)

    def _sqs(self, number: int, queue: QueueSettings) -> SqsSource:
        return SqsSource(
            self._apis.of(queue, receives=True),
            queue.queue_name,
            queue.url or None,
            queue.dead_letter_queue,
            partial(self._stats.count, number),
            self._outline.clock,
            self._apis.skew_of(queue),
            self._limited,
            label=queue.name,
            deduplicated=queue.one_of_several,
        )
