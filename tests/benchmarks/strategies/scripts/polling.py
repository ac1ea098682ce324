"""The loop that two of the scripts share: one message a request, deleted by itself, a pause when there was none."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.strategies.work import work


def poll_for_ever(sqs: Any, queue_url: str, pause_seconds: float) -> None:
    """Short polls: SQS answers at once, with a message or with none."""
    while True:
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=1, WaitTimeSeconds=0)
        messages = answer.get("Messages", ())
        for message in messages:
            work(message["Body"])
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        if not messages:
            time.sleep(pause_seconds)
