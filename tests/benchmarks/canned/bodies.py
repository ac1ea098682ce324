"""The message bodies that the canned server hands out: one small order, in the wrapping that each consumer expects."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

VARIETY = 1_000
"""Different bodies in turn. A stamp names the body's number, so a round of light load must have fewer messages."""

QUEUE = "bench"
TASK = "work"
PADDING = "x" * 300  # makes it about 400 bytes, a common size of a business event


def order(number: int) -> dict[str, Any]:
    """The event itself."""
    return {"number": number, "id": _uuid(number), "customer": "c-4711", "lines": [1, 2, 3], "note": PADDING}


def raw(number: int) -> str:
    """The event as JSON: for consumers that leave the body to the handler."""
    return json.dumps(order(number))


def celery(number: int) -> str:
    """A task of Celery's message protocol 2, in base64, as kombu's SQS transport writes and reads it.

    Source: docs.celeryq.dev, internals/protocol; kombu/transport/SQS, ``_put``.
    """
    task_id = _uuid(number)
    headers = {"lang": "py", "task": TASK, "id": task_id, "root_id": task_id, "parent_id": None, "retries": 0}
    options: dict[str, Any] = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    properties = {
        "correlation_id": task_id,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": task_id,
    }
    message = {
        "body": _base64(json.dumps([[order(number)], {}, options])),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers,
        "properties": properties,
    }
    return _base64(json.dumps(message))


def dramatiq(number: int) -> str:
    """A message of dramatiq in base64, as dramatiq_sqs writes and reads it (``SQSBroker.enqueue``)."""
    message = {
        "queue_name": QUEUE,
        "actor_name": TASK,
        "args": [order(number)],
        "kwargs": {},
        "options": {},
        "message_id": _uuid(number),
        "message_timestamp": 1_700_000_000_000,
    }
    return _base64(json.dumps(message))


DIALECTS: Mapping[str, Callable[[int], str]] = MappingProxyType({"raw": raw, "celery": celery, "dramatiq": dramatiq})


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
