"""What a worker's Kinesis sources are made of, beside the stream itself."""

from __future__ import annotations

from functools import partial

from punctuald.app.outline import Outline
from punctuald.config import StreamSettings
from punctuald.model import StreamLag
from punctuald.ports import SayLag
from punctuald.source.kinesis.api.api import KinesisApi
from punctuald.source.kinesis.dead_letters import DeadLetters
from punctuald.source.kinesis.leases.dynamo.client import make_client
from punctuald.source.kinesis.leases.dynamo.shared_client import SharedClient
from punctuald.source.kinesis.leases.dynamo.table import DynamoLeaseTable
from punctuald.source.kinesis.leases.lease_table import LeaseTable
from punctuald.source.kinesis.leases.workers.worker_metrics import METRICS_SUFFIX, WORKER_KEY
from punctuald.source.sqs.queue import SqsQueue
from punctuald.stats.board.row_writer import RowWriter

from .aws_access import AwsAccess
from .kinesis_apis import KinesisApis
from .sqs_apis import SqsApis


class StreamParts:
    """On the worker's event loop. ``number`` is the source's."""

    def __init__(self, outline: Outline, stats: RowWriter, access: AwsAccess, sqs_apis: SqsApis) -> None:
        self._outline = outline
        self._stats = stats
        self._access = access
        self._apis = KinesisApis(access, outline.stream_endpoints)
        self._sqs_apis = sqs_apis

    def api(self, settings: StreamSettings) -> KinesisApi:
        """For all of its calls to Kinesis."""
        return self._apis.of(self._outline.streams[settings.name])

    def dead_letters(self, number: int, settings: StreamSettings) -> DeadLetters:
        """To its dead-letter queue, if it has one."""
        rejected = settings.dead_letters
        if rejected is None:
            return DeadLetters(settings.stream_name, None)
        api, count = self._sqs_apis.of(rejected, receives=False), partial(self._stats.count, number)
        queue = SqsQueue(api, rejected.name, rejected.url or None, count, self._outline.clock)
        return DeadLetters(settings.stream_name, queue)

    def tables(self, settings: StreamSettings) -> tuple[LeaseTable, LeaseTable]:
        """That of the leases, and that in which workers of KCL 3.0 to 3.4 say how they are."""
        stream = self._outline.streams[settings.name]
        client = SharedClient(partial(make_client, stream, self._access.boto_credentials))
        metrics = DynamoLeaseTable(client, f"{stream.application}{METRICS_SUFFIX}", WORKER_KEY)
        return DynamoLeaseTable(client, stream.application), metrics

    def say_lag(self, number: int) -> SayLag:
        """Puts what its source knows on the board, where the autoscaler reads it."""

        def say(lag: StreamLag) -> None:
            self._stats.stream_lag(number, lag, self._outline.clock.mono())

        return say
