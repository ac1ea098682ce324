"""Which actions of AWS a program needs: noted down from the calls that it makes, whatever carries them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import orjson
import pytest
from botocore.client import BaseClient

from punctuald.source.aws.session import USER_AGENT
from punctuald.source.aws.signed_json.protocol import JsonRequests

SERVICES: Mapping[str, str] = {"AmazonSQS": "sqs", "Kinesis_20131202": "kinesis"}
"""By the beginning of a request's target, as our own transport writes it."""

WARM_UP = "warm-up"
"""What a call is about by which botocore is loaded before a fork: it never leaves the process."""

BATCH = "Batch"
NO_ACTION_OF_THEIR_OWN = frozenset(
    f"sqs:{name}{BATCH}" for name in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
)
"""They are allowed with the action of one message (Service Authorization Reference, Amazon SQS)."""

_is_own_look: ContextVar[bool] = ContextVar("is_own_look", default=False)


class Call(NamedTuple):
    """One that was made; ``resource`` is the queue, the stream or the table, "" where the call does not name it."""

    action: str
    resource: str = ""


class Recorder:
    """``calls`` are those that were made while it is on, ``everybodys`` or by our own clients and transport only."""

    def __init__(self, *, everybodys: bool = False) -> None:
        self.calls: set[Call] = set()
        self.is_on = True
        self._everybodys = everybodys

    def take(self) -> set[Call]:
        """Those since the last time."""
        calls, self.calls = self.calls, set()
        return calls

    def note(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """One call."""
        if self.is_on and not _is_own_look.get():
            self.calls.add(Call(action_of(service, operation), resource_in(parameters)))

    def note_client(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> None:
        """One call of a botocore client."""
        if WARM_UP in str(parameters):
            return
        if self._everybodys or USER_AGENT in (client.meta.config.user_agent_extra or ""):
            self.note(client.meta.service_model.service_name, operation, parameters)


def action_of(service: str, operation: str) -> str:
    """What a policy calls it."""
    action = f"{service}:{operation}"
    return action.removesuffix(BATCH) if action in NO_ACTION_OF_THEIR_OWN else action


def resource_in(parameters: Mapping[str, Any]) -> str:
    """By its name: a queue's URL ends with that."""
    named = (parameters.get(key) for key in ("QueueName", "QueueUrl", "StreamName", "TableName"))
    return str(next(filter(None, named), "")).rpartition("/")[2]


@contextmanager
def recording(*, everybodys: bool = False) -> Iterator[Recorder]:
    """Until it is left."""
    recorder = Recorder(everybodys=everybodys)
    call, write = BaseClient._make_api_call, JsonRequests.write

    def noted_call(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        recorder.note_client(client, operation, parameters)
        return call(client, operation, parameters)

    def noted_write(requests: JsonRequests, operation: str, payload: bytes, *rest: Any) -> bytes:
        recorder.note(SERVICES[requests._protocol.targets], operation, orjson.loads(payload))
        return write(requests, operation, payload, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", noted_call)
        patch.setattr(JsonRequests, "write", noted_write)
        yield recorder


@contextmanager
def own_look() -> Iterator[None]:
    """A test looks for itself, by means of the product: what it calls meanwhile is not recorded."""
    token = _is_own_look.set(True)
    try:
        yield
    finally:
        _is_own_look.reset(token)
