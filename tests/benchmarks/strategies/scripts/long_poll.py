"""One thread long-polls for ten at a time and fetches ahead for four that handle; deletions share requests.

`python -m benchmarks.strategies.scripts.long_poll ENDPOINT_URL QUEUE_URL`.
"""

from __future__ import annotations

import sys
import time
from queue import Queue
from threading import Thread
from typing import Any

from benchmarks.strategies.work import work
from punctuald.demo.queues import connect

SLOTS = 4
BATCH = 10
WAIT_SECONDS = 20
LINGER_SECONDS = 0.2

Messages = Queue[dict[str, Any]]


def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    sqs = connect(endpoint_url)
    received: Messages = Queue(maxsize=BATCH)
    done: Messages = Queue()
    for _ in range(SLOTS):
        Thread(target=_handle, args=(received, done)).start()
    Thread(target=_delete, args=(sqs, queue_url, done)).start()
    while True:
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=WAIT_SECONDS)
        for message in answer.get("Messages", ()):
            received.put(message)


def _handle(received: Messages, done: Messages) -> None:
    while True:
        message = received.get()
        work(message["Body"])
        done.put(message)


def _delete(sqs: Any, queue_url: str, done: Messages) -> None:
    while True:
        batch = [done.get()]
        if done.qsize() < BATCH - 1:
            time.sleep(LINGER_SECONDS)
        while len(batch) < BATCH and not done.empty():  # nobody else takes from it
            batch.append(done.get())
        entries = [{"Id": str(number), "ReceiptHandle": each["ReceiptHandle"]} for number, each in enumerate(batch)]
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
