"""A Kinesis source as the product puts it together."""

from __future__ import annotations

from functools import partial

from doubles.limited_log import limited_log
from punctuald.clock import SystemClock
from punctuald.demo.servers import REGION
from punctuald.model import StreamLag
from punctuald.ports import Count, Source
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials.session_credentials import SessionCredentials
from punctuald.source.kinesis.api.client import resolve
from punctuald.source.kinesis.api.fast import FastKinesisApi
from punctuald.source.kinesis.dead_letters import DeadLetters
from punctuald.source.kinesis.leases.dynamo.client import make_client
from punctuald.source.kinesis.leases.dynamo.shared_client import SharedClient
from punctuald.source.kinesis.leases.dynamo.table import DynamoLeaseTable
from punctuald.source.kinesis.leases.workers.worker_metrics import METRICS_SUFFIX, WORKER_KEY
from punctuald.source.kinesis.source import KinesisSource
from punctuald.source.kinesis.stream import KinesisStream
from punctuald.source.sqs.client import resolve as resolve_sqs
from punctuald.source.sqs.queue import SqsQueue
from punctuald.source.sqs.transport.fast import FastApi


def open_kinesis_source(stream: KinesisStream, dead_letter_queue: str, sqs_url: str, count: Count) -> Source:
    """On the loop that will use it; ``dead_letter_queue`` is at ``sqs_url``, "" = there is none."""
    clock = SystemClock()
    skew, credentials = ClockSkew(clock), SessionCredentials()
    endpoint, sqs = resolve(REGION, stream.endpoint_url), resolve_sqs(REGION, sqs_url)
    queue = None
    if dead_letter_queue:
        api = FastApi(sqs, Connections(sqs.server), credentials, skew)
        queue = SqsQueue(api, dead_letter_queue, None, count, clock)
    client = SharedClient(partial(make_client, stream))
    return KinesisSource(
        stream,
        FastKinesisApi(endpoint, Connections(endpoint.server), credentials, skew),
        DynamoLeaseTable(client, stream.application),
        DynamoLeaseTable(client, f"{stream.application}{METRICS_SUFFIX}", WORKER_KEY),
        DeadLetters(stream.stream, queue),
        _say_nothing,
        count,
        clock,
        skew,
        limited=limited_log(clock),
    )


def _say_nothing(lag: StreamLag) -> None:
    """Nobody asks."""
