"""Requests of AWS's JSON 1.0 protocol, signed and ready for a connection.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

from typing import NamedTuple

from .signature import Credentials, Signer, Signing, amz_date

CONTENT_TYPE = "application/x-amz-json-1.0"


class _Head(NamedTuple):
    """What requests of one operation in one second, with the same credentials, begin with."""

    date: str
    credentials: Credentials
    text: str
    signing: Signing


class _Written(NamedTuple):
    """A whole request, and what makes it: the same again, in the same second, is the same to the byte."""

    head: _Head
    payload: bytes
    request: bytes


class JsonRequests:
    """Writes requests to one host, ``targets`` being the operations' common prefix. Safe for threads.

    Under load many calls fall into one second: what they have in common is written once.
    """

    def __init__(self, host_header: str, targets: str, user_agent: str, signer: Signer) -> None:
        self._host_header = host_header
        self._targets = targets
        self._user_agent = user_agent
        self._signer = signer
        self._heads: dict[str, _Head] = {}  # the last of each operation
        self._written: dict[str, _Written] = {}

    def write(self, operation: str, payload: bytes, credentials: Credentials, signing_utc: float) -> bytes:
        """The whole request, head and body."""
        date = amz_date(signing_utc)
        head = self._heads.get(operation)
        if head is None or head.date != date or head.credentials is not credentials:
            head = self._heads[operation] = self._head(operation, date, credentials)
        written = self._written.get(operation)
        if written is not None and written.head is head and written.payload == payload:  # a receive, mostly
            return written.request
        authorization = head.signing.authorization(payload)
        text = f"{head.text}authorization: {authorization}\r\ncontent-length: {len(payload)}\r\n\r\n"
        request = text.encode("latin-1") + payload
        self._written[operation] = _Written(head, payload, request)
        return request

    def _head(self, operation: str, date: str, credentials: Credentials) -> _Head:
        headers = {
            "host": self._host_header,
            "content-type": CONTENT_TYPE,
            "x-amz-date": date,
            "x-amz-target": f"{self._targets}.{operation}",
            "x-amzn-query-mode": "true",  # error codes by their old names too, as botocore asks for
        }
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        unsigned = f"user-agent: {self._user_agent}\r\naccept-encoding: identity\r\n"
        signing = self._signer.prepare(credentials, date, headers)
        return _Head(date, credentials, f"POST / HTTP/1.1\r\n{lines}{unsigned}", signing)
