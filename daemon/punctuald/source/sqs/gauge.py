"""How long an SQS queue is, by its own approximate counts. Blocks: for a thread of its own, outside the workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from punctuald.clock import Clock
from punctuald.model import Backlog, Metric
from punctuald.ports import CountRequests

from .errors import EndpointText, to_source_error
from .queue import FIFO_SUFFIX

VISIBLE = "ApproximateNumberOfMessages"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"


class SqsGauge:
    """Reads one queue's three counters, in one request. They lag by up to a minute after the traffic changes.

    ``client`` makes a botocore SQS client, or raises as `make_client` does: asked at each reading, so that one queue's
    bad address costs the readings of no other. ``url`` None is asked for before the first reading.
    """

    def __init__(
        self, client: Callable[[], Any], name: str, url: str | None, count: CountRequests, clock: Clock
    ) -> None:
        self._client = client
        self._name = name
        self._url = url or None
        self._count = count
        self._clock = clock

    @property
    def ordered(self) -> bool:
        """Whether its messages come in groups, see `Source.ordered`."""
        return (self._url or self._name).endswith(FIFO_SUFFIX)

    def read(self) -> Backlog:
        """See `BacklogGauge.read`. Raises `SourceMisconfigured` as well."""
        client = self._client()
        if self._url is None:
            self._url = str(self._call(client, client.get_queue_url, QueueName=self._name)["QueueUrl"])
        answer = self._call(
            client, client.get_queue_attributes, QueueUrl=self._url, AttributeNames=[VISIBLE, IN_FLIGHT, DELAYED]
        )
        counts = answer["Attributes"]
        return Backlog(int(counts[VISIBLE]), int(counts[IN_FLIGHT]), int(counts[DELAYED]), self._clock.mono())

    def _call(self, client: Any, method: Any, **parameters: Any) -> Any:
        self._count(Metric.REQUEST_ATTRIBUTES)
        try:
            return method(**parameters)
        except (BotoCoreError, ClientError, ValueError) as error:
            meta = client.meta
            where = EndpointText(self._name, str(meta.region_name), str(meta.endpoint_url))
            raise to_source_error(error, where) from error
