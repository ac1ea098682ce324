"""Messages as handlers get them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from types import MappingProxyType
from typing import Any

import orjson

from punctuald.model import NO_ATTRIBUTES, Message

SENT_UTC = 1_700_000_000.0
"""When a message was sent that does not say when: 2023-11-14 22:13:20 UTC, where a `ManualClock` begins too."""

_numbers = count(1)


def message(
    body: Any,
    *,
    id: str | None = None,  # noqa: A002 - the name of the field
    attributes: Mapping[str, str] = NO_ATTRIBUTES,
    group: str | None = None,
    tries: int = 1,
    sent_utc: float = SENT_UTC,
    queue: str = "test",
) -> Message:
    """A `Message` as a handler gets it.

    ``body`` is the text of the message; anything but a `str` is written as JSON, so ``message({"id": 7})`` is the
    message that a producer sends with ``json.dumps({"id": 7})``. ``id`` is the broker's; left out, each message gets
    one of its own. ``attributes`` are the message's own attributes, text to text. ``group`` is the group of an ordered
    (FIFO) queue, None on a queue without order. ``tries`` is which try this is: 1, the default, is the first, and
    there is no upper end. ``sent_utc`` is when the producer sent it, in seconds since the epoch; it was received at
    that same moment. ``queue`` is the queue's name in the configuration.

    Raises `ValueError` where ``tries`` is below 1, and `TypeError` where ``body`` can't be written as JSON.

    >>> order = message({"id": 7}, attributes={"customer": "acme"}, tries=3)
    >>> order.json()["id"], order.attributes["customer"], order.tries
    (7, 'acme', 3)
    """
    if tries < 1:
        raise ValueError(f"tries={tries}: the first try is number 1")
    identity = id if id is not None else f"{queue}-{next(_numbers)}"
    return Message(
        id=identity,
        queue=queue,
        body=text_of(body),
        receipt_handle=f"receipt of {identity}",
        sent_utc=sent_utc,
        received_utc=sent_utc,
        receive_count=tries,
        group=group,
        attributes=MappingProxyType(dict(attributes)),
    )


def text_of(body: Any) -> str:
    """``body`` as it stands in a queue: text as it is, anything else as JSON. Raises `TypeError` where that fails."""
    return body if isinstance(body, str) else orjson.dumps(body).decode()
