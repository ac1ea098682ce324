"""Reads HTTP/1.1 answers out of the bytes that a connection brings (RFC 9112). Does no input or output itself.

The usual answer is small, comes in one piece and says its length: `read_whole` takes it at one glance. Everything else
goes through `AnswerParser`, which is strict.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 64 * 1024 * 1024
"""Longer than what SQS can give: ten messages of 1 MiB, each byte as six (``\\u0001``), and their heads."""

MOST_DIGITS = 20
"""Of a length, leading zeros and all."""

_STATUS_LINE = re.compile(r"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: .*)?")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_INTERIM = range(100, 200)
_NO_CONTENT = frozenset({204, 304})
_DATE = b"\r\ndate:"
_OTHERS = rb"(?:(?!content-length|transfer-encoding|connection)[^:\r\n]++:[^\r\n]*+\r\n)*+"
_KEPT_OPEN = rb"(?:connection:[ \t]*+keep-alive[ \t]*+\r\n)?+"
_LINES = _OTHERS + _KEPT_OPEN + _OTHERS
_USUAL_HEAD = re.compile(
    rb"HTTP/1\.1 200(?: OK| )?\r\n%bcontent-length:[ \t]*+([0-9]{1,8})[ \t]*+\r\n%b\r\n" % (_LINES, _LINES),
    re.IGNORECASE,
)
"""One length, no transfer encoding, nothing that ends the connection, and a colon in each line. Possessive quantifiers
throughout: no answer makes it look twice at the same byte."""

Steps = Generator[None, None, bytes]
"""A part of the parser: it yields where it needs more bytes, and returns those that it found."""


class AnswerError(Exception):
    """There was no whole answer."""


class TruncatedAnswer(AnswerError):
    """The connection was closed before the end of the answer. ``began``: after at least one byte of it."""

    def __init__(self, *, began: bool) -> None:
        super().__init__("closed in the middle of an answer" if began else "closed without an answer")
        self.began = began


class MalformedAnswer(AnswerError):
    """What came is no HTTP/1.1."""


class OversizedAnswer(AnswerError):
    """It is longer than `MAX_BODY_BYTES`."""

    def __init__(self) -> None:
        super().__init__(f"the answer is longer than {MAX_BODY_BYTES >> 20} MiB")


class HttpAnswer:
    """One answer. ``head`` is its status line and headers; ``reusable``: the connection may carry another request."""

    __slots__ = ("body", "head", "reusable", "status")

    def __init__(self, status: int, head: bytes, body: bytes, *, reusable: bool) -> None:
        self.status = status
        self.head = head
        self.body = body
        self.reusable = reusable

    @property
    def headers(self) -> dict[str, str]:
        """All of them, by lower-case names. Parsed at each call: for answers that are looked at closely."""
        return _headers(self.head.decode("latin-1").split("\r\n"))

    @property
    def date(self) -> str | None:
        """The Date header, found without parsing the others."""
        begin = self.head.lower().find(_DATE)
        if begin < 0:
            return None
        line = self.head[begin + len(_DATE) :].partition(b"\r\n")[0]
        return line.decode("latin-1").strip()


def read_whole(data: bytes) -> HttpAnswer | None:
    """The answer, if ``data`` is one whole usual answer with status 200; None leaves it to `AnswerParser`.

    Takes nothing that the parser would refuse.
    """
    usual = _USUAL_HEAD.match(data)
    if usual is None:
        return None
    end = usual.end()
    if len(data) - end != int(usual[1]) or len(data) > MAX_BODY_BYTES:
        return None
    return HttpAnswer(200, data[: end - 4], data[end:], reusable=True)


class AnswerParser:
    """One answer, from as many pieces as it comes in. ``began``: at least one byte of it came."""

    __slots__ = ("_buffer", "_ended", "_reading", "began")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ended = False
        self._reading = self._read()
        self.began = False

    def feed(self, data: bytes) -> HttpAnswer | None:
        """The answer, once the last of it is here. Raises `AnswerError`. Not to be called after that."""
        self.began = True
        self._buffer += data
        return self._go_on()

    def end(self) -> HttpAnswer:
        """The answer whose end is that of the connection. Raises `AnswerError` where it is not at its end."""
        self._ended = True
        answer = self._go_on()
        if answer is None:
            raise TruncatedAnswer(began=self.began)
        return answer

    def _go_on(self) -> HttpAnswer | None:
        try:
            next(self._reading)
        except StopIteration as finished:
            answer: HttpAnswer = finished.value
            return answer
        return None

    def _read(self) -> Generator[None, None, HttpAnswer]:
        version, status, head = yield from self._head()
        while status in _INTERIM:  # we never ask for one, and the real one follows (RFC 9110, 15.2)
            version, status, head = yield from self._head()
        headers = _headers(head.decode("latin-1").split("\r\n"))
        body, delimited = yield from self._body(status, headers)
        # bytes after the end belong to no request of ours: the next answer would be taken for another's
        reusable = delimited and not self._buffer and _is_persistent(version, headers)
        return HttpAnswer(status, head, body, reusable=reusable)

    def _head(self) -> Generator[None, None, tuple[str, int, bytes]]:
        head = yield from self._up_to(b"\r\n\r\n")
        begin = _STATUS_LINE.fullmatch(head.partition(b"\r\n")[0].decode("latin-1"))
        if begin is None:
            raise MalformedAnswer("the answer is not HTTP/1.1")
        return begin[1], int(begin[2]), head

    def _body(self, status: int, headers: Mapping[str, str]) -> Generator[None, None, tuple[bytes, bool]]:
        """The body, and whether its end was marked by other means than the connection's."""
        if status in _NO_CONTENT:
            return b"", True
        encoding = headers.get("transfer-encoding")
        length = headers.get("content-length")
        if encoding is not None:
            if encoding.lower() != "chunked":
                raise MalformedAnswer(f"transfer encoding {encoding[:40]!r}")
            # both: somebody between us disagrees (RFC 9112, 6.3)
            return (yield from self._chunks()), length is None
        if length is None:
            return (yield from self._rest()), False
        if not (length.isascii() and length.isdigit()):
            raise MalformedAnswer(f"content length {length[:40]!r}")
        if len(length) > MOST_DIGITS:  # and Python reads no number of thousands of digits
            raise OversizedAnswer
        return (yield from self._exactly(int(length))), True

    def _chunks(self) -> Steps:
        body = bytearray()
        while size := (yield from self._chunk_size()):
            if len(body) + size > MAX_BODY_BYTES:
                raise OversizedAnswer
            body += yield from self._exactly(size)
            if (yield from self._exactly(2)) != b"\r\n":
                raise MalformedAnswer("a chunk is longer than it says")
        while (yield from self._up_to(b"\r\n")):  # trailers, which nothing of ours needs
            pass
        return bytes(body)

    def _chunk_size(self) -> Generator[None, None, int]:
        line = yield from self._up_to(b"\r\n")
        digits = line.partition(b";")[0].strip()
        if _CHUNK_SIZE.fullmatch(digits) is None:
            raise MalformedAnswer("a chunk without a size")
        return int(digits, 16)

    def _up_to(self, mark: bytes) -> Steps:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise MalformedAnswer("the answer's headers are too long")
            yield from self._more()
        found = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return found

    def _exactly(self, length: int) -> Steps:
        if length > MAX_BODY_BYTES:
            raise OversizedAnswer
        while len(self._buffer) < length:
            yield from self._more()
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _rest(self) -> Steps:
        while not self._ended:
            if len(self._buffer) > MAX_BODY_BYTES:
                raise OversizedAnswer
            yield
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _more(self) -> Generator[None, None, None]:
        if self._ended:
            raise TruncatedAnswer(began=self.began)
        yield


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
