"""One SQS queue to talk to: its address, and its calls counted and with our errors."""

from __future__ import annotations

import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.errors import SourceUnavailable
from punctuald.model import Counter

from .port import CountRequests
from .sqs_errors import Whereabouts, explain

FIFO_SUFFIX = ".fifo"


class SqsQueue:
    """A queue by its name and, if known, its URL; else the URL is asked for before the first call that needs it."""

    def __init__(self, client: Any, name: str, url: str | None, count: CountRequests) -> None:
        self.name = name
        self._client = client
        self._url = url or None
        self._count = count
        self._resolving = threading.Lock()
        self._closed = threading.Event()

    @property
    def ordered(self) -> bool:
        """Whether it is a FIFO queue: SQS says so by its name, and allows the suffix to no other."""
        return (self._url or self.name).endswith(FIFO_SUFFIX)

    def url(self) -> str:
        """The queue's URL. Raises `SourceUnavailable` or `SourceMisconfigured` like every call."""
        with self._resolving:
            if self._url is None:
                self._url = self.find(self.name)
            return self._url

    def find(self, name: str, owner: str = "") -> str:
        """The URL of a queue in reach of the same client; ``owner`` is the account, where it may be another one."""
        owned_by = {"QueueOwnerAWSAccountId": owner} if owner else {}
        answer = self._send(Counter.REQUEST_ATTRIBUTES, "get_queue_url", name, QueueName=name, **owned_by)
        return str(answer["QueueUrl"])

    def call(self, counter: Counter, operation: str, **parameters: Any) -> Any:
        """One request to this queue: ``operation`` is the client's method. Raises our two errors only."""
        return self._send(counter, operation, self.name, QueueUrl=self.url(), **parameters)

    def send_to(self, url: str, **parameters: Any) -> Any:
        """Send a message to another queue, its dead-letter queue."""
        return self._send(Counter.REQUEST_DEAD_LETTER, "send_message", url, QueueUrl=url, **parameters)

    def close(self) -> None:
        """Let go of idle connections and refuse further calls.

        A call under way ends by itself, at most its long poll later: to cut it off would hide the messages that it
        brings for a whole visibility timeout.
        """
        self._closed.set()
        self._client.close()

    def _send(self, counter: Counter, operation: str, queue: str, **parameters: Any) -> Any:
        if self._closed.is_set():
            raise SourceUnavailable(f"queue {queue!r}: the source is closed", code="Closed")
        self._count(counter)
        try:
            return getattr(self._client, operation)(**parameters)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise explain(error, self._whereabouts(queue)) from error

    def _whereabouts(self, queue: str) -> Whereabouts:
        meta = self._client.meta
        return Whereabouts(queue, str(meta.region_name), str(meta.endpoint_url))
