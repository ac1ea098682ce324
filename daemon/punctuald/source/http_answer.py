"""Reads one HTTP/1.1 answer from a connection (RFC 9112).

The standard library's reader parses headers as an e-mail, a tenth of a millisecond for each answer: more than all the
rest of a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 16 * 1024 * 1024
"""Of the longest answer that SQS gives, 1 MiB of messages, each byte as six (``\\u0001``), twice and more."""

RECEIVE_BYTES = 65_536
_STATUS_LINE = re.compile(r"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: .*)?")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_INTERIM = range(100, 200)
_NO_CONTENT = frozenset({204, 304})


class AnswerError(Exception):
    """There was no whole answer."""


class TruncatedAnswer(AnswerError):
    """The connection was closed before the end of the answer. ``began``: after at least one byte of it."""

    def __init__(self, *, began: bool) -> None:
        super().__init__("closed in the middle of an answer" if began else "closed without an answer")
        self.began = began


class MalformedAnswer(AnswerError):
    """What came is no HTTP/1.1, or longer than anything that we ask for."""


class HttpAnswer(NamedTuple):
    """``headers`` have lower-case names; ``reusable``: the connection may carry another request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    reusable: bool


class AnswerReader:
    """One answer, from ``receive``: up to so many bytes, none at the end of the stream.

    ``began``: at least one byte of it came.
    """

    __slots__ = ("_buffer", "_receive", "began")

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._buffer = bytearray()
        self.began = False

    def read(self) -> HttpAnswer:
        """Raises `AnswerError`, and whatever ``receive`` raises."""
        version, status, headers = self._head()
        while status in _INTERIM:  # we never ask for one, and the real one follows (RFC 9110, 15.2)
            version, status, headers = self._head()
        body, delimited = self._body(status, headers)
        # bytes after the end belong to no request of ours: the next answer would be taken for another's
        reusable = delimited and not self._buffer and _is_persistent(version, headers)
        return HttpAnswer(status, headers, body, reusable)

    def _head(self) -> tuple[str, int, dict[str, str]]:
        lines = self._up_to(b"\r\n\r\n", MAX_HEAD_BYTES).decode("latin-1").split("\r\n")
        begin = _STATUS_LINE.fullmatch(lines[0])
        if begin is None:
            raise MalformedAnswer("the answer is not HTTP/1.1")
        return begin[1], int(begin[2]), _headers(lines)

    def _body(self, status: int, headers: Mapping[str, str]) -> tuple[bytes, bool]:
        """The body, and whether its end was marked by other means than the connection's."""
        if status in _NO_CONTENT:
            return b"", True
        encoding = headers.get("transfer-encoding")
        if encoding is not None:
            if encoding.lower() != "chunked":
                raise MalformedAnswer(f"transfer encoding {encoding[:40]!r}")
            return (
                self._chunks(),
                "content-length" not in headers,
            )  # both: somebody between us disagrees (RFC 9112, 6.3)
        length = headers.get("content-length")
        if length is None:
            return self._rest(), False
        if not (length.isascii() and length.isdigit()):
            raise MalformedAnswer(f"content length {length[:40]!r}")
        return self._exactly(int(length)), True

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > MAX_BODY_BYTES:
                raise MalformedAnswer("the answer is too long")
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise MalformedAnswer("a chunk is longer than it says")
        while self._up_to(b"\r\n", MAX_HEAD_BYTES):  # trailers, which nothing of ours needs
            pass
        return bytes(body)

    def _chunk_size(self) -> int:
        digits = self._up_to(b"\r\n", MAX_HEAD_BYTES).partition(b";")[0].strip()
        if _CHUNK_SIZE.fullmatch(digits) is None:
            raise MalformedAnswer("a chunk without a size")
        return int(digits, 16)

    def _up_to(self, mark: bytes, limit: int) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit:
                raise MalformedAnswer("the answer's headers are too long")
            self._more()
        found = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return found

    def _exactly(self, length: int) -> bytes:
        if length > MAX_BODY_BYTES:
            raise MalformedAnswer("the answer is too long")
        while len(self._buffer) < length:
            self._more()
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _rest(self) -> bytes:
        while part := self._receive(RECEIVE_BYTES):
            self._buffer += part
            if len(self._buffer) > MAX_BODY_BYTES:
                raise MalformedAnswer("the answer is too long")
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _more(self) -> None:
        part = self._receive(RECEIVE_BYTES)
        if not part:
            raise TruncatedAnswer(began=self.began)
        self.began = True
        self._buffer += part


def _headers(lines: list[str]) -> dict[str, str]:
    """The lines after the first. A name that comes twice has both values, as RFC 9110, 5.3 allows to combine them."""
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedAnswer("a header line without a colon")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _is_persistent(version: str, headers: Mapping[str, str]) -> bool:
    """RFC 9112, 9.3."""
    wish = headers.get("connection", "").lower()
    return "close" not in wish if version != "HTTP/1.0" else "keep-alive" in wish
