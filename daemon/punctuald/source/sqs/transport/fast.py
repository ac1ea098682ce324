"""SQS over connections and signatures of our own: a tenth of botocore's CPU."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from punctuald.source.aws import session
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.json_api import CredentialsProvider, JsonApi, as_base64
from punctuald.source.aws.session import Patience
from punctuald.source.aws.signed_json.protocol import JsonProtocol, read_answer
from punctuald.source.sqs.errors import error_code

from .api import RECEIVE, may_be_done_twice

PROTOCOL = JsonProtocol("AmazonSQS", old_codes=True)


class FastApi:
    """One queue's `SqsApi`, to an endpoint without an obstacle.

    ``connections`` (to the endpoint's server), ``credentials`` and ``skew`` may be shared by many queues.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        connections: Connections,
        credentials: CredentialsProvider,
        skew: ClockSkew,
        patience: Patience | None = None,
    ) -> None:
        self._api = JsonApi(endpoint, PROTOCOL, connections, credentials, skew, error_code)
        self.region = self._api.region
        self.endpoint_url = self._api.endpoint_url
        self._patience = patience or session.PATIENT

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        """See `SqsApi.call`.

        A receive whose answer was lost is asked again at once only on a connection that had died before; what the
        first may have taken comes back after its visibility timeout, or at once where it has an attempt id.
        """
        payload = orjson.dumps(parameters, default=as_base64)
        timeout_seconds = self._patience.seconds_for(wait_seconds if operation == RECEIVE else None)
        twice = may_be_done_twice(operation, parameters)
        answer = await self._api.ask(operation, payload, timeout_seconds, twice=twice)
        parsed = read_answer(answer, operation)
        if operation == RECEIVE:  # only there somebody looks at the time
            parsed["ResponseMetadata"] = {"HTTPHeaders": {"date": answer.date}}
            _decode_blobs(parsed.get("Messages"))
        return parsed

    async def close(self) -> None:
        """See `SqsApi.close`: a connection with a call under way closes after it."""
        await self._api.close()


def _decode_blobs(messages: object) -> None:
    """Binary message attributes travel as base64; a botocore client gives bytes, and wants bytes to send them on. What
    has not the form of messages stays as it is, for the source to judge."""
    for message in messages if isinstance(messages, list) else ():
        attributes = message.get("MessageAttributes") if isinstance(message, dict) else None
        for value in attributes.values() if isinstance(attributes, dict) else ():
            if isinstance(value, dict) and isinstance(value.get("BinaryValue"), str):
                value["BinaryValue"] = _from_base64(value["BinaryValue"])


def _from_base64(text: str) -> bytes | str:
    try:
        return base64.b64decode(text)
    except ValueError:
        return text
