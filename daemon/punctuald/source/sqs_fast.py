"""SQS over a connection and a signature of our own: a tenth of botocore's CPU for the calls that are made all day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

from punctuald.clock import Clock

from .broker_clock import seconds_off
from .connection import (
    CannotConnect,
    Connection,
    ConnectionFailed,
    ConnectionLost,
    ConnectTimedOut,
    NotTrusted,
    ReadTimedOut,
)
from .connections import Connections
from .http_answer import HttpAnswer
from .json_request import JsonRequests
from .signature import Credentials, Signer
from .sqs_address import Address
from .sqs_answer import decode_blobs, read_answer, refusal
from .sqs_errors import error_code
from .sqs_session import CONNECT_TIMEOUT_SECONDS, USER_AGENT, read_timeout_seconds

CLOCK_CODES = frozenset(
    {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"}
    | {"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"}
)
"""How AWS refuses a request whose date is off, alone or among other reasons (as all of its SDKs have it)."""

MISLEADING_SKEW_SECONDS = 240.0
"""AWS takes a date that is up to five minutes off: by less than this, the clock is not what a refusal is about."""

TARGETS = "AmazonSQS"
_FIRST_ERROR_STATUS = 300
_EXCEPTIONS: Mapping[type[ConnectionFailed], type[HTTPClientError]] = {
    CannotConnect: EndpointConnectionError,
    ConnectTimedOut: ConnectTimeoutError,
    NotTrusted: SSLError,
    ReadTimedOut: ReadTimeoutError,
    ConnectionLost: ConnectionClosedError,
}


@dataclass(frozen=True, slots=True)
class Meta:
    """As much of a botocore client's ``meta`` as is asked for."""

    region_name: str
    endpoint_url: str


class FastClient:
    """Stands in for a botocore SQS client: the same methods, answers and exceptions. Safe for threads.

    ``credentials`` gives the set to sign with now. What is called rarely goes through the botocore client that
    ``make_client`` makes when it is first needed.
    """

    def __init__(
        self,
        address: Address,
        credentials: Callable[[], Credentials],
        make_client: Callable[[], Any],
        clock: Clock,
        wait_seconds: float,
    ) -> None:
        self.meta = Meta(address.region, address.url.removesuffix("/"))
        self._url = address.url
        self._credentials = credentials
        self._make_client = make_client
        self._client: Any = None
        self._clock = clock
        self._clock_offset_seconds = 0.0
        signer = Signer(address.region, address.service)
        self._requests = JsonRequests(address.host_header, TARGETS, USER_AGENT, signer)
        self._connections = Connections(
            lambda: Connection(address.server, CONNECT_TIMEOUT_SECONDS, read_timeout_seconds(wait_seconds))
        )

    def receive_message(self, **parameters: Any) -> dict[str, Any]:
        """ReceiveMessage. One whose answer was lost is asked again at once only on a connection that had died before;
        what the first may have taken comes back after its visibility timeout."""
        answer = self._call("ReceiveMessage", parameters)
        decode_blobs(answer.get("Messages", ()))
        return answer

    def delete_message_batch(self, **parameters: Any) -> dict[str, Any]:
        """DeleteMessageBatch."""
        return self._call("DeleteMessageBatch", parameters)

    def change_message_visibility_batch(self, **parameters: Any) -> dict[str, Any]:
        """ChangeMessageVisibilityBatch."""
        return self._call("ChangeMessageVisibilityBatch", parameters)

    def get_queue_url(self, **parameters: Any) -> dict[str, Any]:
        """GetQueueUrl. Called once, but by every worker that starts: a botocore client would cost it 10 ms more."""
        return self._call("GetQueueUrl", parameters)

    def get_queue_attributes(self, **parameters: Any) -> Any:
        """GetQueueAttributes, by botocore."""
        return self._botocore_client().get_queue_attributes(**parameters)

    def send_message(self, **parameters: Any) -> Any:
        """SendMessage, by botocore."""
        return self._botocore_client().send_message(**parameters)

    def close(self) -> None:
        """Close idle connections; one with a call under way closes after it."""
        self._connections.close()
        if self._client is not None:
            self._client.close()

    def _botocore_client(self) -> Any:
        if self._client is None:
            self._client = self._make_client()  # two threads at once would make two, of which one is let go
        return self._client

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        payload = orjson.dumps(parameters)
        answer = self._ask(operation, payload)
        if answer.status >= _FIRST_ERROR_STATUS and self._clock_corrected(answer, operation):
            answer = self._ask(operation, payload)
        return read_answer(answer, operation)

    def _clock_corrected(self, answer: HttpAnswer, operation: str) -> bool:
        """Whether the refusal was about the date that we signed with, which is right from now on."""
        off_seconds = seconds_off(answer.headers.get("date"), self._signing_utc())
        if abs(off_seconds) < MISLEADING_SKEW_SECONDS or error_code(refusal(answer, operation)) not in CLOCK_CODES:
            return False
        self._clock_offset_seconds += off_seconds
        return True

    def _ask(self, operation: str, payload: bytes) -> HttpAnswer:
        request = self._requests.write(operation, payload, self._credentials(), self._signing_utc())
        try:
            return self._connections.exchange(request)
        except ConnectionFailed as error:
            raise _EXCEPTIONS[type(error)](endpoint_url=self._url, error=error) from error

    def _signing_utc(self) -> float:
        return self._clock.utc() + self._clock_offset_seconds
