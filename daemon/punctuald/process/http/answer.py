"""What a page says, and how it goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

import h11
import orjson

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and a body of that ``content_type``. ``allow``: the methods that there are, where one was refused."""

    body: bytes
    content_type: str = TEXT
    status: HTTPStatus = HTTPStatus.OK
    allow: str = ""


def plain(status: HTTPStatus, text: str, *, allow: str = "") -> Answer:
    """A line for people."""
    return Answer(f"{text}\n".encode(), status=status, allow=allow)


def as_json(document: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """``document`` as `orjson` writes it."""
    return Answer(orjson.dumps(document) + b"\n", JSON, status)


def head_of(answer: Answer, protocol: h11.Connection, utc: float | None) -> bytes:
    """The status line and the headers. ``protocol``: of a connection on which nothing was answered yet. ``utc``: now,
    in seconds since the epoch; None leaves the date out."""
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    ]
    if utc is not None:
        headers.append(("Date", formatdate(utc, usegmt=True)))
    if answer.allow:
        headers.append(("Allow", answer.allow))
    status = answer.status
    return protocol.send(h11.Response(status_code=status, headers=headers, reason=status.phrase)) or b""
