"""How long an SQS queue is, by its own approximate counts. Blocks: for a thread of its own, outside the workers."""

from __future__ import annotations

from math import inf
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.model import Backlog, Metric
from punctuald.ports import CountRequests

from .answers import attributes_in, count_in, url_in
from .errors import EndpointText, is_gone, to_source_error
from .queue import ASK_AGAIN_SECONDS, FIFO_SUFFIX

VISIBLE = "ApproximateNumberOfMessages"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"


class SqsGauge:
    """Reads one queue's three counters, in one request. They lag by up to a minute after the traffic changes.

    ``client`` is a botocore SQS client; ``url`` None is asked for before the first reading, and asked for again when
    SQS says that there is no such queue any more.
    """

    def __init__(self, client: Any, name: str, url: str | None, count: CountRequests, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._url = url or None
        self._is_looked_up = self._url is None
        self._looked_up_mono = -inf
        self._count = count
        self._clock = clock

    @property
    def ordered(self) -> bool:
        """Whether its messages come in groups, see `Source.ordered`."""
        return (self._url or self._name).endswith(FIFO_SUFFIX)

    def read(self) -> Backlog:
        """See `BacklogGauge.read`. Raises `SourceMisconfigured` as well."""
        try:
            answer = self._call(
                self._client.get_queue_attributes,
                QueueUrl=self._find(),
                AttributeNames=[VISIBLE, IN_FLIGHT, DELAYED],
            )
        except SourceError as error:
            self._forget_url(error)
            raise
        counts = attributes_in(answer, self._name)
        visible, in_flight, delayed = (count_in(counts, name, self._name) for name in (VISIBLE, IN_FLIGHT, DELAYED))
        return Backlog(visible, in_flight, delayed, self._clock.mono())

    def _find(self) -> str:
        if self._url is None:
            self._looked_up_mono = self._clock.mono()
            self._url = url_in(self._call(self._client.get_queue_url, QueueName=self._name), self._name)
        return self._url

    def _forget_url(self, error: SourceError) -> None:
        """Have it looked up again, if that is how we know it, and not with every reading."""
        is_due = self._clock.mono() - self._looked_up_mono >= ASK_AGAIN_SECONDS
        if is_gone(error) and self._is_looked_up and is_due:
            self._url = None

    def _call(self, method: Any, **parameters: Any) -> Any:
        self._count(Metric.REQUEST_ATTRIBUTES)
        try:
            return method(**parameters)
        except (BotoCoreError, ClientError, ValueError) as error:
            meta = self._client.meta
            where = EndpointText(self._name, str(meta.region_name), str(meta.endpoint_url))
            raise to_source_error(error, where) from error
