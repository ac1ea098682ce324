"""Kinesis over connections and signatures of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from punctuald.source.aws import session
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.json_api import CredentialsProvider, JsonApi, as_base64
from punctuald.source.aws.signed_json.protocol import JsonProtocol, read_answer

from .api import GET_RECORDS, PUTS

PROTOCOL = JsonProtocol("Kinesis_20131202", "application/x-amz-json-1.1")


class FastKinesisApi:
    """See `KinesisApi`. To an endpoint without an obstacle; ``connections`` (to its server), ``credentials`` and
    ``skew`` may be shared by many streams."""

    def __init__(
        self, endpoint: Endpoint, connections: Connections, credentials: CredentialsProvider, skew: ClockSkew
    ) -> None:
        self._api = JsonApi(endpoint, PROTOCOL, connections, credentials, skew)
        self.region = self._api.region
        self.endpoint_url = self._api.endpoint_url

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """See `KinesisApi.call`."""
        payload = orjson.dumps(parameters, default=as_base64)
        timeout_seconds = session.PATIENT.seconds_for(None)
        answer = await self._api.ask(operation, payload, timeout_seconds, twice=operation not in PUTS)
        parsed = read_answer(answer, operation)
        if operation == GET_RECORDS:  # only there somebody looks at the time
            parsed["ResponseMetadata"] = {"HTTPHeaders": {"date": answer.date}}
        return parsed

    async def close(self) -> None:
        """See `KinesisApi.close`: a connection with a call under way closes after it."""
        await self._api.close()
