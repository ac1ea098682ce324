"""Doist's sqs-workers: one raw queue, as its README shows ("Raw queues"), in this process: `… ENDPOINT_URL QUEUE_URL`.

One process works on one queue; more throughput is had by more processes (README, "Usage": "run workers manually").
"""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3
from sqs_workers import RawQueue, SQSEnv

from benchmarks.peers import work


def process(message: Any) -> None:
    """Parse and do the work."""
    work.do(json.loads(message.body))


def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    client, resource = boto3.client("sqs", endpoint_url=endpoint_url), boto3.resource("sqs", endpoint_url=endpoint_url)
    queue = SQSEnv(sqs_client=client, sqs_resource=resource).queue("bench", RawQueue, queue_url=queue_url)
    queue.connect_raw_processor(process)
    queue.process_queue(wait_second=20)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
