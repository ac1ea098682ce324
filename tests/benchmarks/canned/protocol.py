"""Just enough HTTP/1.1 and SQS's JSON protocol to answer the SDKs, and nothing that costs time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import orjson

from benchmarks.canned.bodies import QUEUE
from benchmarks.canned.queue import CannedQueue

HEAD = (
    b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b"
)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TARGET = b"amazonsqs."
ACCOUNT = "000000000000"
MOST_SHOWN = 100_000  # a depth that no consumer is startled by
OUR_QUEUE = b"/" + QUEUE.encode() + b'"'


class CannedProtocol(asyncio.Protocol):
    """One connection. Requests are answered in their order; a client that pipelines is not expected.

    ``latency_seconds`` passes between a request and its being looked at: it limits no number of calls under way.
    """

    def __init__(self, queue: CannedQueue, endpoint_url: str, latency_seconds: float = 0.0) -> None:
        self._queue = queue
        self._latency_seconds = latency_seconds
        self._endpoint_url = endpoint_url
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        """Take up whole requests."""
        self._received = data if not self._received else self._received + data
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._received[:end].lower()  # hyper writes header names in small letters, others do not
            length = _content_length(head)
            body = self._received[end + 4 : end + 4 + length]
            if len(body) < length:
                if not body and b"100-continue" in head and self._transport is not None:
                    self._transport.write(CONTINUE)
                return
            self._received = self._received[end + 4 + length :]
            if self._latency_seconds:
                asyncio.get_running_loop().call_later(self._latency_seconds, self._answer, head, body)
            else:
                self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        begin = head.find(TARGET) + len(TARGET)
        end = head.find(b"\r\n", begin)
        operation = head[begin : end if end >= 0 else None].strip().decode()
        self._queue.calls[operation] += 1
        if operation == "receivemessage":
            self._receive(body)
        elif operation == "deletemessagebatch":
            entries = orjson.loads(body)["Entries"]
            self._queue.deleted += len(entries)
            self._send(_all_successful(entries))
        elif operation == "deletemessage":
            self._queue.deleted += 1
            self._send(b"{}")
        else:
            self._send(orjson.dumps(self._rare(operation, orjson.loads(body or b"{}"))))

    def _receive(self, body: bytes) -> None:
        request = orjson.loads(body)
        if OUR_QUEUE not in body.replace(b"\\/", b"/"):
            return self._queue.receive_nothing(self._send, request.get("WaitTimeSeconds") or 0)
        wants_sent = b"SentTimestamp" in body or b'"All"' in body
        limit, wait_seconds = request.get("MaxNumberOfMessages") or 1, request.get("WaitTimeSeconds") or 0
        return self._queue.receive(self._send, limit, wait_seconds, wants_sent=wants_sent)

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

    def _send(self, content: bytes) -> None:
        # Without a copy of the messages into another buffer; a client that is gone needs no answer.
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(HEAD % (len(content), content))


def _content_length(head: bytes) -> int:
    begin = head.find(b"content-length:")
    if begin < 0:
        return 0
    end = head.find(b"\r\n", begin)
    return int(head[begin + 15 : end if end >= 0 else None])


def _all_successful(entries: list[dict[str, Any]]) -> bytes:
    ids = b'"},{"Id":"'.join([entry["Id"].encode() for entry in entries])
    return b'{"Successful":[{"Id":"' + ids + b'"}],"Failed":[]}'
