"""One process's ways to Kinesis, from endpoints that the supervisor found before the fork."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from punctuald.app.outline import EndpointKey
from punctuald.config import Settings
from punctuald.errors import SourceError
from punctuald.logs import logger
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.transport import choose
from punctuald.source.kinesis.api.api import KinesisApi
from punctuald.source.kinesis.api.choice import kinesis_api
from punctuald.source.kinesis.api.client import make_client, resolve
from punctuald.source.kinesis.api.errors import stream_text
from punctuald.source.kinesis.api.late import LateKinesisApi
from punctuald.source.kinesis.leases.dynamo.client import preload
from punctuald.source.kinesis.stream import KinesisStream

from .aws_access import AwsAccess

log = logger()


def find_stream_endpoints(settings: Settings) -> dict[EndpointKey, Endpoint]:
    """Of all streams, with what else their workers had to load. One that can't be found is left to the workers, who
    say why."""
    endpoints: dict[EndpointKey, Endpoint] = {}
    if settings.streams:
        preload()
    for key in dict.fromkeys((stream.region, stream.endpoint_url) for stream in settings.streams):
        try:
            endpoints[key] = resolve(*key)
        except SourceError as error:
            log.debug("source.address_unknown", error=str(error))
    return endpoints


class KinesisApis:
    """For one event loop. ``endpoints`` are those that are known already."""

    def __init__(self, access: AwsAccess, endpoints: Mapping[EndpointKey, Endpoint]) -> None:
        self._access = access
        self._endpoints = dict(endpoints)

    def of(self, stream: KinesisStream) -> KinesisApi:
        """For all calls to this stream. Where its address is none each call says so."""
        make = partial(self._made, stream)
        try:
            return make()
        except SourceError:  # reported by the first call
            where = stream_text(stream.stream, stream.region, stream.endpoint_url)
            return LateKinesisApi(make, where.region, where.endpoint)

    def _made(self, stream: KinesisStream) -> KinesisApi:
        access, endpoint = self._access, self._endpoint(stream)
        choice = choose("auto", endpoint.obstacle)
        log.info("source.transport", queue=stream.name, transport=choice.transport.value, reason=choice.reason)
        return kinesis_api(
            endpoint,
            access.connections_to(endpoint),
            access.credentials,
            access.skew,
            partial(make_client, stream.region, stream.endpoint_url, access.boto_credentials),
        )

    def _endpoint(self, stream: KinesisStream) -> Endpoint:
        key = (stream.region, stream.endpoint_url)
        if key not in self._endpoints:
            self._endpoints[key] = resolve(*key)
        return self._endpoints[key]
