"""Making queues on an embedded server, the demo's own among them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from punctuald.source.sqs.errors import EndpointText, to_source_error
from punctuald.source.sqs.names import dead_letter_name, queue_name

from .sender import QueueSender, open_queue
from .servers import REGION, TEST_CREDENTIALS

CREDENTIALS = {name.lower(): TEST_CREDENTIALS[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
MAX_RECEIVE_COUNT = 5


@dataclass(frozen=True, slots=True)
class DemoQueue:
    """Where the queue is. Its server takes any credentials, so the demo never needs, nor touches, a real account."""

    endpoint_url: str
    name: str = "telemetry"
    service: str = "SQS"
    kind: str = "queue"

    @property
    def description(self) -> str:
        """See `DemoSource` in `demo/run.py`."""
        return f"queue {self.name}"

    @property
    def settings(self) -> Mapping[str, str | int]:
        """See `DemoSource` in `demo/run.py`."""
        return {
            "name": self.name,
            "endpoint_url": self.endpoint_url,
            "region": REGION,
            "dead_letter_queue": dead_letter_name(self.name),
        }

    def create(self) -> None:
        """Make it and its dead-letter queue."""
        try:
            create_queue(self.endpoint_url, self.name, dead_letter=MAX_RECEIVE_COUNT)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise to_source_error(error, EndpointText(self.name, REGION, self.endpoint_url)) from error

    def open(self) -> QueueSender:
        """A sender to it."""
        return open_queue(self.name, region=REGION, endpoint_url=self.endpoint_url)


def connect(endpoint_url: str) -> Any:
    """A client with the credentials that embedded servers take, whatever the environment says."""
    return boto3.client("sqs", endpoint_url=endpoint_url, region_name=REGION, **CREDENTIALS)


def create_queue(
    endpoint_url: str, name: str, *, fifo: bool = False, visibility_seconds: int = 30, dead_letter: int = 0
) -> str:
    """Make a queue and give its URL.

    ``fifo`` adds SQS's suffix to the name if it isn't there. ``dead_letter`` above 0 makes `dead_letter_name` as well,
    and messages go there after that many receives.
    """
    client = connect(endpoint_url)
    attributes = {"VisibilityTimeout": str(visibility_seconds)}
    if fifo:
        attributes["FifoQueue"] = "true"
    if dead_letter:
        attributes["RedrivePolicy"] = _redrive_policy(client, dead_letter_name(name), dead_letter, fifo=fifo)
    return _create(client, queue_name(name, fifo=fifo), attributes)


def _redrive_policy(client: Any, name: str, max_receive_count: int, *, fifo: bool) -> str:
    url = _create(client, queue_name(name, fifo=fifo), {"FifoQueue": "true"} if fifo else {})
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(max_receive_count)})


def _create(client: Any, name: str, attributes: dict[str, str]) -> str:
    url: str = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url
