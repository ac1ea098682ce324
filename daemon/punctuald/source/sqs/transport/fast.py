"""SQS over connections and signatures of our own: a tenth of botocore's CPU."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import orjson

from punctuald.source.aws import session
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connection import ConnectionFailed
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.endpoint import Endpoint
from punctuald.source.aws.errors import CLOCK_CODES, ClockRefusal, as_botocore_has_it
from punctuald.source.aws.http import HttpAnswer
from punctuald.source.aws.json_protocol import FIRST_ERROR_STATUS, JsonRequests, read_answer, refusal
from punctuald.source.aws.session import USER_AGENT, Patience
from punctuald.source.aws.sigv4 import Credentials, Signer
from punctuald.source.sqs.errors import error_code

from .api import RECEIVE, may_be_done_twice

TARGETS = "AmazonSQS"


class CredentialsProvider(Protocol):
    """What `SessionCredentials` is to a caller."""

    async def current(self) -> Credentials:
        """The set to sign with now. Raises botocore's exceptions."""
        ...


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
        self._url = endpoint.url
        self.region = endpoint.region
        self.endpoint_url = endpoint.url.removesuffix("/")
        self._connections = connections
        self._credentials = credentials
        self._skew = skew
        self._patience = patience or session.PATIENT
        signer = Signer(endpoint.region, endpoint.service)
        self._requests = JsonRequests(endpoint.host_header, TARGETS, USER_AGENT, signer)
        connections.hold()

    async def call(self, operation: str, parameters: Mapping[str, Any], wait_seconds: float = 0) -> dict[str, Any]:
        """See `SqsApi.call`.

        A receive whose answer was lost is asked again at once only on a connection that had died before; what the
        first may have taken comes back after its visibility timeout, or at once where it has an attempt id.
        """
        payload = orjson.dumps(parameters, default=_as_base64)
        timeout_seconds = self._patience.seconds_for(wait_seconds if operation == RECEIVE else None)
        ask = partial(self._ask, operation, payload, timeout_seconds, twice=may_be_done_twice(operation, parameters))
        answer, signed_utc = await ask()
        if self._date_refused(answer, operation, signed_utc):
            self._skew.correct_signing(answer.date)  # right from now on, for all calls of this process
            answer, signed_utc = await ask()
            if self._date_refused(answer, operation, signed_utc):  # one of the two clocks was set meanwhile
                raise ClockRefusal(refusal(answer, operation).response, operation)
        parsed = read_answer(answer, operation)
        if operation == RECEIVE:  # only there somebody looks at the time
            parsed["ResponseMetadata"] = {"HTTPHeaders": {"date": answer.date}}
            _decode_blobs(parsed.get("Messages"))
        return parsed

    async def close(self) -> None:
        """See `SqsApi.close`: a connection with a call under way closes after it."""
        await self._connections.release()

    async def _ask(
        self, operation: str, payload: bytes, timeout_seconds: float, *, twice: bool
    ) -> tuple[HttpAnswer, float]:
        """The answer, and the date that its request was signed with."""
        credentials = await self._credentials.current()
        signed_utc = self._skew.signing_utc()
        request = self._requests.write(operation, payload, credentials, signed_utc)
        asked_utc = self._skew.asked_utc()
        try:
            answer = await self._connections.exchange(request, timeout_seconds, twice=twice)
        except ConnectionFailed as failure:
            raise as_botocore_has_it(failure, self._url) from failure
        if asked_utc is not None:
            self._skew.heard(answer.date, asked_utc)
        return answer, signed_utc

    def _date_refused(self, answer: HttpAnswer, operation: str, signed_utc: float) -> bool:
        """Whether this is a refusal, and about the date that we signed with."""
        return (
            answer.status >= FIRST_ERROR_STATUS
            and self._skew.may_explain_refusal(answer.date, signed_utc)
            and error_code(refusal(answer, operation)) in CLOCK_CODES
        )


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


def _as_base64(value: object) -> str:
    """For what JSON has no form for: bytes, in an attribute that is sent on."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} can't be sent")
