"""What one writes without a library: four threads, each receives ten, handles them, deletes ten.

`boto3_loop.py ENDPOINT_URL QUEUE_URL`. Clients are thread safe and shared (boto3's guide to clients); long polls, and
batches of ten, as Amazon SQS's developer guide advises ("Increasing throughput … action batching").
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.peers import work

THREADS = 4


def consume(client: Any, queue_url: str) -> None:
    """Until killed."""
    while True:
        messages = client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=20,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        ).get("Messages", [])
        for message in messages:
            work.do(json.loads(message["Body"]))
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
            client.delete_message_batch(QueueUrl=queue_url, Entries=entries)


def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    client = boto3.client("sqs", endpoint_url=endpoint_url, config=Config(max_pool_connections=THREADS))
    threads = [threading.Thread(target=consume, args=(client, queue_url)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
