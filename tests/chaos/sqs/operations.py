"""The operations of SQS's JSON protocol, on our queues.

Source: Amazon SQS API Reference; https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from chaos.sqs.messages import md5, read_post, write_message
from chaos.sqs.polls import Receive
from chaos.sqs.queue import Queue
from chaos.sqs.registry import QueueRegistry, ServedQueue
from chaos.sqs.stored import QueueSettings, Refused, StoredMessage

REGION = "us-east-1"
ACCOUNT = "000000000000"
MAX_BATCH = 10

Entry = Mapping[str, Any]
SpoilEntry = Callable[[Queue, str], None]
"""Given a queue and a receipt handle; raises `Refused` where a fault is done to that entry."""


class Parameters(dict[str, Any]):
    """A call's or an entry's. What a client left out is its own fault, and no defect of the server."""

    def __missing__(self, name: str) -> Any:
        raise Refused("MissingParameter", f"The request must contain the parameter {name}.")


def _leave_alone(_queue: Queue, _handle: str) -> None:
    """No fault."""


@dataclass(slots=True)
class Call:
    """One request. ``received`` are the messages that its answer carries."""

    operation: str
    parameters: Mapping[str, Any]
    pid: int | None = None
    spoil_entry: SpoilEntry = _leave_alone
    received: list[StoredMessage] = field(default_factory=list)

    @property
    def queue_name(self) -> str:
        """The queue that it is for; "" for none."""
        return str(self.parameters.get("QueueUrl", "")).rpartition("/")[2]

    @property
    def handles(self) -> list[str]:
        """The receipt handles that it names."""
        entries = self.parameters.get("Entries", [self.parameters])
        return [entry["ReceiptHandle"] for entry in entries if "ReceiptHandle" in entry]


class Operations:
    """Carries a `Call` out. ``endpoint_url`` is what queues' addresses begin with."""

    def __init__(self, registry: QueueRegistry, endpoint_url: str) -> None:
        self._registry = registry
        self._endpoint_url = endpoint_url
        self._known: Mapping[str, Callable[[Call], Awaitable[dict[str, Any]]]] = {
            "CreateQueue": self._create_queue,
            "GetQueueUrl": self._get_queue_url,
            "ListQueues": self._list_queues,
            "GetQueueAttributes": self._get_queue_attributes,
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_message_batch,
            "ReceiveMessage": self._receive_message,
            "DeleteMessage": self._delete_message,
            "DeleteMessageBatch": self._delete_message_batch,
            "ChangeMessageVisibility": self._change_visibility,
            "ChangeMessageVisibilityBatch": self._change_visibility_batch,
        }

    async def perform(self, call: Call) -> dict[str, Any]:
        """The answer. Raises `Refused`."""
        known = self._known.get(call.operation)
        if known is None:
            raise Refused("UnsupportedOperation", f"{call.operation} is none of this server's operations")
        return await known(call)

    async def _create_queue(self, call: Call) -> dict[str, Any]:
        name, attributes = call.parameters["QueueName"], call.parameters.get("Attributes") or {}
        policy = orjson.loads(attributes.get("RedrivePolicy", "{}"))
        self._registry.open(
            QueueSettings(
                name,
                visibility_seconds=int(attributes.get("VisibilityTimeout", 30)),
                delay_seconds=float(attributes.get("DelaySeconds", 0)),
                max_receive_count=int(policy["maxReceiveCount"]) if policy else None,
                dead_letter_queue=policy["deadLetterTargetArn"].rpartition(":")[2] if policy else "",
            )
        )
        return {"QueueUrl": self._url(name)}

    async def _get_queue_url(self, call: Call) -> dict[str, Any]:
        name = call.parameters["QueueName"]
        self._registry.find(name)
        return {"QueueUrl": self._url(name)}

    async def _list_queues(self, call: Call) -> dict[str, Any]:
        prefix = call.parameters.get("QueueNamePrefix") or ""
        return {"QueueUrls": [self._url(name) for name in self._registry.names() if name.startswith(prefix)]}

    async def _get_queue_attributes(self, call: Call) -> dict[str, Any]:
        served, wanted = self._served(call), set(call.parameters.get("AttributeNames") or ())
        attributes = _attributes(served)
        return {"Attributes": {name: text for name, text in attributes.items() if name in wanted or "All" in wanted}}

    async def _send_message(self, call: Call) -> dict[str, Any]:
        return self._sent(self._served(call), call.parameters)

    async def _send_message_batch(self, call: Call) -> dict[str, Any]:
        served = self._served(call)
        return _batch(call, lambda entry: self._sent(served, entry))

    async def _receive_message(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        limit = int(asked.get("MaxNumberOfMessages") or 1)
        if not 1 <= limit <= MAX_BATCH:
            raise Refused("InvalidParameterValue", f"Value {limit} for parameter MaxNumberOfMessages is invalid.")
        wait_seconds, attempt_id = asked.get("WaitTimeSeconds") or 0, asked.get("ReceiveRequestAttemptId", "")
        receive = Receive(limit, asked.get("VisibilityTimeout"), wait_seconds, call.pid, attempt_id)
        call.received = await self._served(call).polls.receive(receive)
        messages = [write_message(message, asked) for message in call.received]
        return {"Messages": messages} if messages else {}

    async def _delete_message(self, call: Call) -> dict[str, Any]:
        return self._deleted(call, call.parameters)

    async def _delete_message_batch(self, call: Call) -> dict[str, Any]:
        return _batch(call, lambda entry: self._deleted(call, entry))

    async def _change_visibility(self, call: Call) -> dict[str, Any]:
        return self._changed(call, call.parameters)

    async def _change_visibility_batch(self, call: Call) -> dict[str, Any]:
        return _batch(call, lambda entry: self._changed(call, entry))

    def _sent(self, served: ServedQueue, entry: Entry) -> dict[str, Any]:
        message_id = served.queue.send(read_post(entry), time.monotonic())
        served.polls.wake()
        return {"MessageId": message_id, "MD5OfMessageBody": md5(entry["MessageBody"])}

    def _deleted(self, call: Call, entry: Entry) -> dict[str, Any]:
        served, handle = self._served(call), entry["ReceiptHandle"]
        call.spoil_entry(served.queue, handle)
        served.queue.delete(handle, time.monotonic(), pid=call.pid)
        served.polls.wake()  # the next of its group
        return {}

    def _changed(self, call: Call, entry: Entry) -> dict[str, Any]:
        served, handle, seconds = self._served(call), entry["ReceiptHandle"], entry["VisibilityTimeout"]
        call.spoil_entry(served.queue, handle)
        served.queue.change_visibility(handle, seconds, time.monotonic(), pid=call.pid)
        served.polls.wake()
        return {}

    def _served(self, call: Call) -> ServedQueue:
        return self._registry.find(call.queue_name)

    def _url(self, name: str) -> str:
        return f"{self._endpoint_url}/{ACCOUNT}/{name}"


def _batch(call: Call, act: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
    """Each entry by itself: what one is refused is the others' no concern."""
    entries = call.parameters["Entries"]
    if not 1 <= len(entries) <= MAX_BATCH:
        raise Refused("TooManyEntriesInBatchRequest", f"A batch has 1 to {MAX_BATCH} entries, not {len(entries)}.")
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise Refused("BatchEntryIdsNotDistinct", "Two entries of the batch have the same id.")
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **act(Parameters(entry))})
        except Refused as refused:
            told = {"SenderFault": refused.sender_fault, "Code": refused.code, "Message": refused.text}
            failed.append({"Id": entry["Id"], **told})
    return {"Successful": successful, "Failed": failed}


def _attributes(served: ServedQueue) -> dict[str, str]:
    settings = served.queue.settings
    visible, in_flight, delayed = served.counters.read(served.queue.counts(), time.monotonic())
    attributes = {
        "QueueArn": _arn(settings.name),
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(in_flight),
        "ApproximateNumberOfMessagesDelayed": str(delayed),
        "VisibilityTimeout": str(settings.visibility_seconds),
        "DelaySeconds": str(int(settings.delay_seconds)),
        "MessageRetentionPeriod": "345600",
    }
    if settings.fifo:
        attributes["FifoQueue"] = "true"
    if settings.max_receive_count is not None:
        policy = {
            "deadLetterTargetArn": _arn(settings.dead_letter_queue),
            "maxReceiveCount": settings.max_receive_count,
        }
        attributes["RedrivePolicy"] = orjson.dumps(policy).decode()
    return attributes


def _arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
