"""Making queues on an embedded server."""

from __future__ import annotations

import json
from typing import Any

import boto3

from punctuald.source.sqs.queue import FIFO_SUFFIX

from .servers import REGION, TEST_CREDENTIALS

CREDENTIALS = {name.lower(): TEST_CREDENTIALS[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
DEAD_LETTER_SUFFIX = "-dlq"


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


def queue_name(name: str, *, fifo: bool) -> str:
    """The name with the suffix that SQS demands of a FIFO queue."""
    return name if not fifo or name.endswith(FIFO_SUFFIX) else name + FIFO_SUFFIX


def dead_letter_name(name: str) -> str:
    """orders → orders-dlq, orders.fifo → orders-dlq.fifo."""
    stem = name.removesuffix(FIFO_SUFFIX)
    return stem + DEAD_LETTER_SUFFIX + name[len(stem) :]


def _redrive_policy(client: Any, name: str, max_receive_count: int, *, fifo: bool) -> str:
    url = _create(client, queue_name(name, fifo=fifo), {"FifoQueue": "true"} if fifo else {})
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(max_receive_count)})


def _create(client: Any, name: str, attributes: dict[str, str]) -> str:
    url: str = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url
