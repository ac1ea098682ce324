"""AWS's JSON protocols: requests signed and ready for a connection, answers read as botocore reads them.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html and aws-json-1_1-protocol.html, which differ in one
header.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import JSONParser, ResponseParserFactory

from punctuald.source.aws.http import HttpAnswer

from .sigv4 import Credentials, Signer, Signing, amz_date

CONTENT_TYPE = "application/x-amz-json-1.0"
FIRST_ERROR_STATUS = 300

MISREADINGS = (AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer raises, botocore's or ours, where it has another form than the service's model says."""


class JsonProtocol(NamedTuple):
    """A service's own. ``targets`` is the operations' common prefix. ``old_codes``: errors are asked for by the names
    of its older protocol too, as botocore does where there was one."""

    targets: str
    content_type: str = CONTENT_TYPE
    old_codes: bool = False


class _Head(NamedTuple):
    """What requests of one operation in one second, with the same credentials, begin with."""

    date: str
    credentials: Credentials
    text: bytes  # up to the signature, which ends the Authorization header
    signing: Signing


class JsonRequests:
    """Writes requests to one host.

    Under load many calls fall into one second: what they have in common is written once.
    """

    def __init__(self, host_header: str, protocol: JsonProtocol, user_agent: str, signer: Signer) -> None:
        self._host_header = host_header
        self._protocol = protocol
        self._user_agent = user_agent
        self._signer = signer
        self._heads: dict[str, _Head] = {}  # the last of each operation
        # the last of each operation, and what made it: the same again, in the same second, is the same to the byte
        self._written: dict[str, tuple[_Head, bytes, bytes]] = {}

    def write(self, operation: str, payload: bytes, credentials: Credentials, signing_utc: float) -> bytes:
        """The whole request, head and body."""
        date = amz_date(signing_utc)
        head = self._heads.get(operation)
        if head is None or head.date != date or head.credentials is not credentials:
            head = self._heads[operation] = self._head(operation, date, credentials)
        written = self._written.get(operation)
        if written is not None and written[0] is head and written[1] == payload:  # a receive, mostly
            return written[2]
        signature = head.signing.signature(payload).encode()
        request = b"%b%b\r\ncontent-length: %d\r\n\r\n%b" % (head.text, signature, len(payload), payload)
        self._written[operation] = (head, payload, request)
        return request

    def _head(self, operation: str, date: str, credentials: Credentials) -> _Head:
        headers = {
            "host": self._host_header,
            "content-type": self._protocol.content_type,
            "x-amz-date": date,
            "x-amz-target": f"{self._protocol.targets}.{operation}",
        }
        if self._protocol.old_codes:
            headers["x-amzn-query-mode"] = "true"
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        unsigned = f"user-agent: {self._user_agent}\r\naccept-encoding: identity\r\n"
        signing = self._signer.prepare(credentials, date, headers)
        text = f"POST / HTTP/1.1\r\n{lines}{unsigned}authorization: {signing.introduction}"
        return _Head(date, credentials, text.encode("latin-1"), signing)


class UnreadableAnswer(BotoCoreError):  # type: ignore[misc]  # botocore ships no types
    """It came whole, and is not what AWS says. (botocore's own word for that is none of its `BotoCoreError`.)"""

    fmt = "the answer to {operation} {fault}"


def read_answer(answer: HttpAnswer, operation: str) -> dict[str, Any]:
    """What a botocore client's method returns, but for the answer's metadata.

    Raises `ClientError` or `UnreadableAnswer`. An answer that can't be read is an error even with status 200: botocore
    takes it for one without messages.
    """
    if answer.status >= FIRST_ERROR_STATUS:
        raise refusal(answer, operation)
    return read_object(answer.body, operation)


def read_object(body: bytes, operation: str) -> dict[str, Any]:
    """The JSON object that ``body`` is; nothing is an empty one. Raises `UnreadableAnswer`."""
    try:
        parsed = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        parsed = _read_loosely(body, operation)
    if not isinstance(parsed, dict):
        raise UnreadableAnswer(operation=operation, fault="is not a JSON object")
    return parsed


def refusal(answer: HttpAnswer, operation: str) -> ClientError:
    """The exception for an answer that says no. botocore's own parser finds its code, old names and all.

    Raises `UnreadableAnswer` for one that says it in no form that AWS has.
    """
    # The parser decodes strictly: a proxy's page in Latin-1 would end in an error about Unicode.
    body = answer.body.decode(errors="replace").encode()
    response = {"status_code": answer.status, "headers": answer.headers, "body": body}
    context = {"operation_name": operation}  # which botocore has beside each response that it parses
    return ClientError(LenientJsonParser().parse({**response, "context": context}, None), operation)


class LenientJsonParser(JSONParser):  # type: ignore[misc]  # botocore ships no types
    """botocore's, but a part of another form than the model says is left as it came, for the source to judge: one
    message that can't be read would cost all others of its answer. A good status with no JSON object raises
    `UnreadableAnswer`: botocore takes it for an empty answer."""

    def _do_parse(self, response: dict[str, Any], shape: Any) -> Any:
        read_object(response["body"], _operation_in(response))
        return super()._do_parse(response, shape)

    def _do_error_parse(self, response: dict[str, Any], shape: Any) -> Any:
        try:
            parsed = super()._do_error_parse(response, shape)
        except (*MISREADINGS, RecursionError) as error:  # JSON, but not an object of strings
            raise _unreadable_refusal(response) from error
        if not isinstance(parsed["Error"]["Code"], str):
            raise _unreadable_refusal(response)
        return parsed

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if shape.type_name == "list" and not isinstance(node, list):  # botocore would take a text for its characters
            return node
        try:
            return super()._parse_shape(shape, node)
        except MISREADINGS:
            return node


class LenientParsers(ResponseParserFactory):  # type: ignore[misc]  # botocore ships no types
    """For a session's ``response_parser_factory``: JSON is read by `LenientJsonParser`."""

    def create_parser(self, protocol_name: str) -> Any:
        """See `ResponseParserFactory.create_parser`."""
        if protocol_name == "json":
            return LenientJsonParser(**self._defaults)
        return super().create_parser(protocol_name)


def _unreadable_refusal(response: dict[str, Any]) -> UnreadableAnswer:
    fault = f"is {response['status_code']} with a body of no known form"
    return UnreadableAnswer(operation=_operation_in(response), fault=fault)


def _operation_in(response: dict[str, Any]) -> str:
    return str(response["context"]["operation_name"])


def _read_loosely(body: bytes, operation: str) -> Any:
    """As botocore does, by Python's own reader: it takes half characters, and numbers that are none."""
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer(operation=operation, fault=f"is not JSON: {error}") from error
