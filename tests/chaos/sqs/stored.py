"""What the server keeps: a queue's settings, and a message with its state."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIFO_SUFFIX = ".fifo"
MAX_VISIBILITY_SECONDS = 43_200
REASON_SUFFIX = ".reason"
"""A message attribute whose name ends so tells why its sender put the message into a dead-letter queue."""


class Refused(Exception):
    """A call, or one entry of a batch, that SQS refuses. ``code`` is its name in SQS's API reference."""

    def __init__(self, code: str, text: str, *, sender_fault: bool = True) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.sender_fault = sender_fault


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """A queue as CreateQueue would make it. ``max_receive_count`` None: no redrive policy."""

    name: str
    visibility_seconds: int = 30
    delay_seconds: float = 0
    max_receive_count: int | None = None
    dead_letter_queue: str = ""

    @property
    def fifo(self) -> bool:
        """SQS says so by the name."""
        return self.name.endswith(FIFO_SUFFIX)


@dataclass(frozen=True, slots=True)
class Post:
    """A message as its sender gives it. ``delay_seconds`` None: the queue's own."""

    body: str
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    group: str | None = None
    deduplication_id: str = ""
    delay_seconds: float | None = None


@dataclass(slots=True, eq=False)
class StoredMessage:
    """A message in a queue. ``visible_mono`` is when its delay or visibility timeout ends."""

    id: str
    post: Post
    sequence: int
    sent_ms: int
    visible_mono: float = 0.0  # 0: now
    receive_count: int = 0
    first_received_ms: int = 0
    received_mono: float = 0.0
    in_flight: bool = False
    handle: str = ""  # of the last receive
    version: int = 0  # grows whenever `visible_mono` changes, so that a timer knows whether it is still meant
    doubled: bool = False  # its next receive is a second delivery, by a fault
    had_double: bool = False

    @property
    def group(self) -> str | None:
        """Its message group."""
        return self.post.group


def new_handle(message: StoredMessage) -> str:
    """The receipt handle of its latest receive: opaque to clients, and no two are the same."""
    return "AQEB" + base64.b64encode(f"{message.id}/{message.sequence}/{message.receive_count}".encode()).decode()


def reason_of(post: Post) -> str:
    """Why a message was put into a dead-letter queue; "" where its sender gives no reason."""
    texts = [value.get("StringValue", "") for name, value in post.attributes.items() if name.endswith(REASON_SUFFIX)]
    return texts[0] if texts else ""
