"""One SQS queue to talk to: its address, and its calls counted and with our errors."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from math import inf
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.clock import Clock
from punctuald.errors import SourceError, SourceUnavailable
from punctuald.model import IN_REGION, Metric
from punctuald.policy.pool.illness import illness_of
from punctuald.ports import CountRequests, SourceRules

from .answers import Redrive, attributes_in, delay_in, redrive_in, url_in
from .errors import EndpointText, is_gone, to_source_error
from .names import FIFO_SUFFIX, name_in_url
from .transport.api import SqsApi

ASK_AGAIN_SECONDS = 60.0
"""What was looked up and is refuted (a queue is gone, and may have been made again) is looked up again this often."""


class SqsQueue:
    """A queue by its name and, if known, its URL; else the URL is asked for before the first call that needs it, and
    asked for again when SQS says that there is no such queue any more."""

    def __init__(self, api: SqsApi, name: str, url: str | None, count: CountRequests, clock: Clock) -> None:
        self.name = name
        self._api = api
        self._url = url or None
        self._is_looked_up = self._url is None
        self._looked_up_mono = -inf
        self._refuted_url: str | None = None
        self._count = count
        self._clock = clock
        self._closed = False

    @property
    def ordered(self) -> bool:
        """Whether it is a FIFO queue: SQS says so by its name, and allows the suffix to no other."""
        return (self._url or self.name).endswith(FIFO_SUFFIX)

    @property
    def name_at_aws(self) -> str:
        """The last part of its URL, or while that is not known the name that it was configured with."""
        return name_in_url(self._url) if self._url else self.name.partition(IN_REGION)[0]

    async def url(self) -> str:
        """The queue's URL. Raises `SourceUnavailable` or `SourceMisconfigured` like every call."""
        if self._url is None:
            self._looked_up_mono = self._clock.mono()
            try:
                self._url = await self.find(self.name)
            except SourceError as error:
                if self._refuted_url is None or not is_gone(error):
                    raise
                self._url = self._refuted_url  # for a minute, in which the queue may be made again
        return self._url

    async def find(self, name: str, owner: str = "") -> str:
        """The URL of a queue in reach of the same api; ``owner`` is the account, where it may be another one."""
        owned_by = {"QueueOwnerAWSAccountId": owner} if owner else {}
        answer = await self._send(Metric.REQUEST_ATTRIBUTES, "GetQueueUrl", name, {"QueueName": name, **owned_by})
        return url_in(answer, name)

    async def redrive(self) -> Redrive | None:
        """The queue's redrive policy as SQS has it; None without one."""
        return redrive_in(await self.attributes("RedrivePolicy"), self.name)

    async def rules(self) -> SourceRules:
        """What SQS does with this queue's messages by itself, in one request."""
        attributes = await self.attributes("RedrivePolicy", "DelaySeconds")
        redrive = redrive_in(attributes, self.name)
        return SourceRules(redrive.max_receives if redrive is not None else None, delay_in(attributes))

    async def attributes(self, *names: str) -> Mapping[str, Any]:
        """Those of the queue's attributes that have a value, as SQS writes them."""
        answer = await self.call(Metric.REQUEST_ATTRIBUTES, "GetQueueAttributes", {"AttributeNames": list(names)})
        return attributes_in(answer, self.name)

    def call(
        self, metric: Metric, operation: str, parameters: dict[str, Any], wait_seconds: float = 0
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """One request to this queue, whose URL is put into ``parameters``. Raises our two errors only."""
        if self._url is None:
            return self._find_and_call(metric, operation, parameters, wait_seconds)
        parameters["QueueUrl"] = self._url
        return self._send(metric, operation, self.name, parameters, wait_seconds)

    async def send_to(self, url: str, parameters: Mapping[str, Any]) -> None:
        """Send a message to another queue, its dead-letter queue."""
        await self._send(Metric.REQUEST_DEAD_LETTER, "SendMessage", url, {"QueueUrl": url, **parameters})

    async def close(self) -> None:
        """Let go of idle connections and refuse further calls.

        A call under way ends by itself, at most its long poll later: to cut it off would hide the messages that it
        brings for a whole visibility timeout.
        """
        if not self._closed:
            self._closed = True
            await self._api.close()

    async def _find_and_call(
        self, metric: Metric, operation: str, parameters: dict[str, Any], wait_seconds: float
    ) -> dict[str, Any]:
        parameters["QueueUrl"] = await self.url()
        return await self._send(metric, operation, self.name, parameters, wait_seconds)

    async def _send(
        self, metric: Metric, operation: str, queue: str, parameters: Mapping[str, Any], wait_seconds: float = 0
    ) -> dict[str, Any]:
        if self._closed:
            raise SourceUnavailable(f"queue {queue!r}: the source is closed", code="Closed")
        self._count(metric)
        try:
            return await self._api.call(operation, parameters, wait_seconds)
        except Exception as error:
            if not isinstance(error, (BotoCoreError, ClientError, ValueError)) and illness_of(error) is None:
                raise  # a defect of ours
            failure = to_source_error(error, EndpointText(queue, self._api.region, self._api.endpoint_url))
            failure.__cause__ = error
            if is_gone(failure) and parameters.get("QueueUrl") == self._url:
                self._forget_url()
            raise failure from error

    def _forget_url(self) -> None:
        """It was refused: have it looked up again, if that is how we know it, and not with every call."""
        if self._is_looked_up and self._clock.mono() - self._looked_up_mono >= ASK_AGAIN_SECONDS:
            self._refuted_url, self._url = self._url, None
