"""Just enough of SQS's JSON protocol to answer the SDKs, and nothing that costs time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from benchmarks.canned.answering import AnsweringProtocol
from benchmarks.canned.bodies import QUEUE
from benchmarks.canned.queue import CannedQueue

TARGET = b"amazonsqs."
ACCOUNT = "000000000000"
MOST_SHOWN = 100_000  # a depth that no consumer is startled by
OUR_QUEUE = b"/" + QUEUE.encode() + b'"'


class CannedProtocol(AnsweringProtocol):
    """One connection; see `AnsweringProtocol`."""

    def __init__(self, queue: CannedQueue, endpoint_url: str, latency_seconds: float = 0.0) -> None:
        super().__init__(TARGET, latency_seconds)
        self._queue = queue
        self._endpoint_url = endpoint_url

    def answer(self, operation: str, body: bytes) -> None:
        """See `AnsweringProtocol.answer`."""
        self._queue.calls[operation] += 1
        if operation == "receivemessage":
            self._receive(body)
        elif operation == "deletemessagebatch":
            entries = orjson.loads(body)["Entries"]
            self._queue.deleted += len(entries)
            self.send(_all_successful(entries))
        elif operation == "deletemessage":
            self._queue.deleted += 1
            self.send(b"{}")
        else:
            self.send(orjson.dumps(self._rare(operation, orjson.loads(body or b"{}"))))

    def _receive(self, body: bytes) -> None:
        request = orjson.loads(body)
        if OUR_QUEUE not in body.replace(b"\\/", b"/"):
            return self._queue.receive_nothing(self.send, request.get("WaitTimeSeconds") or 0)
        wants_sent = b"SentTimestamp" in body or b'"All"' in body
        limit, wait_seconds = request.get("MaxNumberOfMessages") or 1, request.get("WaitTimeSeconds") or 0
        return self._queue.receive(self.send, limit, wait_seconds, wants_sent=wants_sent)

    def _rare(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """What is asked for at the start or now and then; an operation that it does not know is a success."""
        known: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "getqueueurl": self._url,
            "createqueue": self._url,
            "listqueues": lambda _request: {"QueueUrls": [f"{self._endpoint_url}/{ACCOUNT}/{QUEUE}"]},
            "getqueueattributes": lambda _request: {"Attributes": self._attributes()},
            "changemessagevisibilitybatch": lambda batch: orjson.loads(_all_successful(batch["Entries"])),
            "sendmessage": lambda _request: {"MessageId": "0", "MD5OfMessageBody": "0" * 32},
        }
        handler = known.get(operation)
        return handler(request) if handler else {}

    def _url(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"QueueUrl": f"{self._endpoint_url}/{ACCOUNT}/{request['QueueName']}"}

    def _attributes(self) -> dict[str, str]:
        in_flight = self._queue.handed - self._queue.deleted
        return {
            "ApproximateNumberOfMessages": str(min(self._queue.visible, MOST_SHOWN)),
            "ApproximateNumberOfMessagesNotVisible": str(max(in_flight, 0)),
            "ApproximateNumberOfMessagesDelayed": "0",
            "VisibilityTimeout": "30",
            "MessageRetentionPeriod": "345600",
            "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{QUEUE}",
        }


def _all_successful(entries: list[dict[str, Any]]) -> bytes:
    ids = b'"},{"Id":"'.join([entry["Id"].encode() for entry in entries])
    return b'{"Successful":[{"Id":"' + ids + b'"}],"Failed":[]}'
