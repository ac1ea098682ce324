"""One process's ways to SQS: chosen for each queue from endpoints that the supervisor found before the fork."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from punctuald.app.outline import EndpointKey, endpoint_key
from punctuald.config import QueueSettings, Settings
from punctuald.errors import ConfigurationError, SourceError
from punctuald.logs import logger
from punctuald.source.aws.clock_skew import ClockSkew, RegionClock
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.session import OF_SEVERAL, PATIENT, Patience
from punctuald.source.aws.transport import Choice, Transport, choose
from punctuald.source.sqs.client import make_client, resolve
from punctuald.source.sqs.errors import endpoint_text
from punctuald.source.sqs.transport.api import SqsApi
from punctuald.source.sqs.transport.boto import SETTLING_THREADS, BotoApi
from punctuald.source.sqs.transport.fast import FastApi
from punctuald.source.sqs.transport.late_api import LateSqsApi

from .aws_access import AwsAccess

BOTO_POLLS = 8
"""Receives that boto3 may have under way for one queue, each in a thread of its own."""

log = logger()


def find_endpoints(settings: Settings) -> dict[EndpointKey, Endpoint]:
    """Of all queues that may take the fast transport, those for streams' rejected records too. One that can't be found
    is left to the workers, who say why."""
    endpoints: dict[EndpointKey, Endpoint] = {}
    for key in dict.fromkeys(
        endpoint_key(queue)
        for queue in (*settings.sqs_queues, *settings.dead_letter_queues)
        if queue.transport != Transport.BOTO3.value
    ):
        try:
            endpoints[key] = resolve(*key)
        except SourceError as error:
            log.debug("source.address_unknown", error=str(error))
    return endpoints


class SqsApis:
    """For one event loop. ``endpoints`` are those that are known already."""

    def __init__(self, access: AwsAccess, endpoints: Mapping[EndpointKey, Endpoint]) -> None:
        self._access = access
        self._region_clocks: dict[EndpointKey, RegionClock] = {}
        self._endpoints = dict(endpoints)

    def skew_of(self, queue: QueueSettings) -> ClockSkew:
        """The process's; its region's own where the queue is in several."""
        if not queue.one_of_several:
            return self._access.skew
        key = endpoint_key(queue)
        if key not in self._region_clocks:
            self._region_clocks[key] = RegionClock(self._access.clock, queue.region_name)
        return self._region_clocks[key]

    def choice(self, queue: QueueSettings) -> Choice:
        """The queue's transport. Raises `ConfigurationError` where the fast one is wanted and can't be had, and what
        `resolve` does."""
        endpoint = self._endpoint(queue)
        try:
            return choose(queue.transport, endpoint.obstacle if endpoint is not None else None)
        except ConfigurationError as error:
            raise ConfigurationError(f"queue {queue.name!r}: {error}") from error

    def of(self, queue: QueueSettings, *, receives: bool) -> SqsApi:
        """For all calls to this queue, or for those that are answered at once.

        Where its address is none, or the fast transport is wanted and can't be had, each call says so: one queue must
        not keep a process from its others.
        """
        make = partial(self._made, queue, receives=receives)
        try:
            return make()
        except (ConfigurationError, SourceError):  # reported by the first call
            where = endpoint_text(queue.region_name, queue.endpoint_url)
            return LateSqsApi(make, where.region, where.endpoint)

    def _made(self, queue: QueueSettings, *, receives: bool) -> SqsApi:
        choice, endpoint = self.choice(queue), self._endpoint(queue)
        if receives:
            log.info("source.transport", queue=queue.name, transport=choice.transport.value, reason=choice.reason)
        if endpoint is not None and choice.transport is Transport.FAST:
            patience = _patience(queue)
            connections = self._access.connections_to(endpoint, patience)
            return FastApi(endpoint, connections, self._access.credentials, self.skew_of(queue), patience)
        return self._boto(queue) if receives else self._boto_without_polls(queue)

    def _boto(self, queue: QueueSettings) -> BotoApi:
        make = partial(
            make_client,
            queue.region_name,
            queue.endpoint_url,
            credentials=self._access.boto_credentials,
            patience=_patience(queue),
        )
        polling = make(wait_seconds=queue.wait_seconds, connections=BOTO_POLLS)
        return BotoApi(polling, make(wait_seconds=None, connections=SETTLING_THREADS), BOTO_POLLS, self.skew_of(queue))

    def _boto_without_polls(self, queue: QueueSettings) -> BotoApi:
        credentials = self._access.boto_credentials
        client = make_client(queue.region_name, queue.endpoint_url, None, 1, credentials, _patience(queue))
        return BotoApi(client, client, 1, self.skew_of(queue))

    def _endpoint(self, queue: QueueSettings) -> Endpoint | None:
        """None where only boto3 is wanted."""
        if queue.transport == Transport.BOTO3.value:
            return None
        key = endpoint_key(queue)
        if key not in self._endpoints:
            self._endpoints[key] = resolve(*key)
        return self._endpoints[key]


def _patience(queue: QueueSettings) -> Patience:
    return OF_SEVERAL if queue.one_of_several else PATIENT
