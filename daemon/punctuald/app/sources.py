"""What carries each queue's calls: chosen by the worker, from endpoints that the supervisor found before the fork."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from punctuald.config import QueueSettings, Settings
from punctuald.errors import ConfigurationError, SourceError
from punctuald.model import Metric
from punctuald.ports import Source
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.credentials import SessionCredentials
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.sqs.api import SqsApi
from punctuald.source.sqs.boto import SETTLING_THREADS, BotoApi
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.fast import FastApi
from punctuald.source.sqs.source import SqsSource
from punctuald.source.sqs.transport import Choice, Transport, choose
from punctuald.stats.board.row_writer import RowWriter

from .outline import EndpointKey, Outline, endpoint_key

BOTO_POLLS = 8
"""Receives that boto3 may have under way for one queue, each in a thread of its own."""

log = structlog.get_logger()


def find_endpoints(settings: Settings) -> dict[EndpointKey, Endpoint]:
    """Of all queues that may take the fast transport. One that can't be found is left to the workers, who say why."""
    endpoints: dict[EndpointKey, Endpoint] = {}
    for key in dict.fromkeys(
        endpoint_key(queue) for queue in settings.queues if queue.transport != Transport.BOTO3.value
    ):
        try:
            endpoints[key] = resolve(*key)
        except SourceError as error:
            log.debug("source.address_unknown", error=str(error))
    return endpoints


class Sources:
    """Makes a worker's sources, on its event loop. All sign with the same credentials and see the same clock; those of
    one endpoint share its connections."""

    def __init__(self, outline: Outline, stats: RowWriter) -> None:
        self._outline = outline
        self._stats = stats
        self._endpoints = dict(outline.endpoints)
        self._credentials = SessionCredentials()
        self._skew = ClockSkew(outline.clock)
        self._connections: dict[EndpointKey, Connections] = {}

    def of(self, number: int) -> Source:
        """The source of the queue with this index. Raises `ConfigurationError` where the fast transport is wanted and
        can't be had, and what `resolve` does."""
        queue = self._outline.settings.queues[number]
        count: Callable[[Metric], None] = partial(self._stats.count, number)
        return SqsSource(
            self._api(queue),
            queue.name,
            queue.url or None,
            queue.dead_letter_queue,
            count,
            self._outline.clock,
            self._skew,
        )

    def _api(self, queue: QueueSettings) -> SqsApi:
        endpoint = None if queue.transport == Transport.BOTO3.value else self._endpoint(queue)
        choice = _choose(queue, endpoint)
        log.info("source.transport", queue=queue.name, transport=choice.transport.value, reason=choice.reason)
        if endpoint is None or choice.transport is Transport.BOTO3:
            return _boto(queue)
        return FastApi(endpoint, self._connections_to(queue, endpoint), self._credentials, self._skew)

    def _connections_to(self, queue: QueueSettings, endpoint: Endpoint) -> Connections:
        key = endpoint_key(queue)
        if key not in self._connections:
            self._connections[key] = Connections(endpoint.server)
        return self._connections[key]

    def _endpoint(self, queue: QueueSettings) -> Endpoint:
        key = endpoint_key(queue)
        if key not in self._endpoints:
            self._endpoints[key] = resolve(*key)
        return self._endpoints[key]


def _boto(queue: QueueSettings) -> BotoApi:
    make = partial(make_client, queue.region, queue.endpoint_url)
    polling = make(wait_seconds=queue.wait_seconds, connections=BOTO_POLLS)
    return BotoApi(polling, make(wait_seconds=None, connections=SETTLING_THREADS), BOTO_POLLS)


def _choose(queue: QueueSettings, endpoint: Endpoint | None) -> Choice:
    try:
        return choose(queue.transport, endpoint.obstacle if endpoint is not None else None)
    except ConfigurationError as error:
        raise ConfigurationError(f"queue {queue.name!r}: {error}") from error
