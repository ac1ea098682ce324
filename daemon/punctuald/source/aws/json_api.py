"""Calls of one AWS service over connections and signatures of our own: a tenth of botocore's CPU."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Protocol

from botocore.exceptions import ClientError

from .clock_skew import ClockSkew
from .connection import ConnectionFailed
from .connections import Connections
from .endpoint import Endpoint
from .errors import CLOCK_CODES, ClockRefusal, as_botocore_has_it, raw_error_code
from .http import HttpAnswer
from .session import USER_AGENT
from .signed_json.protocol import FIRST_ERROR_STATUS, JsonProtocol, JsonRequests, refusal
from .signed_json.sigv4 import Credentials, Signer


class CredentialsProvider(Protocol):
    """What `SessionCredentials` is to a caller."""

    async def current(self) -> Credentials:
        """The set to sign with now. Raises botocore's exceptions."""
        ...


class JsonApi:
    """To an endpoint without an obstacle. ``connections`` (to the endpoint's server), ``credentials`` and ``skew`` may
    be shared by many. ``code_of`` reads the service's error codes."""

    def __init__(
        self,
        endpoint: Endpoint,
        protocol: JsonProtocol,
        connections: Connections,
        credentials: CredentialsProvider,
        skew: ClockSkew,
        code_of: Callable[[ClientError], str] = raw_error_code,
    ) -> None:
        self._url = endpoint.url
        self.region = endpoint.region
        self.endpoint_url = endpoint.url.removesuffix("/")
        self._connections = connections
        self._credentials = credentials
        self._skew = skew
        self._code_of = code_of
        signer = Signer(endpoint.region, endpoint.service)
        self._requests = JsonRequests(endpoint.host_header, protocol, USER_AGENT, signer)
        connections.hold()

    async def ask(self, operation: str, payload: bytes, timeout_seconds: float, *, twice: bool) -> HttpAnswer:
        """The answer, whatever it says, but that our date is wrong: then it is asked again with theirs.

        ``twice`` as in `Connections.exchange`. Raises what a botocore client raises where there is no answer, and
        `ClockRefusal` where the date is refused again.
        """
        answer, signed_utc = await self._exchange(operation, payload, timeout_seconds, twice=twice)
        if answer.status < FIRST_ERROR_STATUS or not self._date_refused(answer, operation, signed_utc):
            return answer
        self._skew.correct_signing(answer.date)  # right from now on, for all calls of this process
        answer, signed_utc = await self._exchange(operation, payload, timeout_seconds, twice=twice)
        if answer.status >= FIRST_ERROR_STATUS and self._date_refused(answer, operation, signed_utc):
            raise ClockRefusal(refusal(answer, operation).response, operation)  # one of the clocks was set meanwhile
        return answer

    async def close(self) -> None:
        """A connection with a call under way closes after it."""
        await self._connections.release()

    async def _exchange(
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
        """Whether this refusal is about the date that we signed with."""
        if not self._skew.may_explain_refusal(answer.date, signed_utc):
            return False
        return self._code_of(refusal(answer, operation)) in CLOCK_CODES


def as_base64(value: object) -> str:
    """For what JSON has no form for: bytes. To be given to the writer of a payload."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} can't be sent")
