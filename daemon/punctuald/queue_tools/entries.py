"""SQS's batch calls about messages that were received. An entry's id is its place in the batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from punctuald.errors import SourceError
from punctuald.ports import SQS_LARGEST_BATCH
from punctuald.source.sqs.batch import is_bad_handle

from .calls import SqsCalls
from .state import QueueState


def delete(calls: SqsCalls, queue: QueueState, handles: Sequence[str]) -> list[str]:
    """Delete these messages; gives the handles of those that SQS did not. Raises `SourceError`."""
    return _by_tens(calls, queue, "delete_message_batch", handles, {})


def change_visibility(calls: SqsCalls, queue: QueueState, handles: Sequence[str], seconds: int) -> list[str]:
    """Hide them for so long from now on; gives the handles of those that SQS did not. Raises `SourceError`."""
    return _by_tens(calls, queue, "change_message_visibility_batch", handles, {"VisibilityTimeout": seconds})


def failed_in(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What was not done, by the entries' ids."""
    return {str(entry["Id"]): entry for entry in answer.get("Failed") or ()}


def _by_tens(
    calls: SqsCalls, queue: QueueState, method: str, handles: Sequence[str], further: Mapping[str, Any]
) -> list[str]:
    return [
        failed
        for first in range(0, len(handles), SQS_LARGEST_BATCH)
        for failed in _batch(calls, queue, method, handles[first : first + SQS_LARGEST_BATCH], further)
    ]


def _batch(
    calls: SqsCalls, queue: QueueState, method: str, handles: Sequence[str], further: Mapping[str, Any]
) -> Iterator[str]:
    entries = [{"Id": str(place), "ReceiptHandle": handle, **further} for place, handle in enumerate(handles)]
    try:
        answer = calls(method, queue.name, QueueUrl=queue.url, Entries=entries)
    except SourceError as error:
        if not is_bad_handle(error):
            raise
        # Some servers refuse the whole call for one handle whose time is over: the others go by themselves.
        yield from handles if len(handles) == 1 else ()
        for handle in handles if len(handles) > 1 else ():
            yield from _batch(calls, queue, method, [handle], further)
        return
    for failed in failed_in(answer):
        yield handles[int(failed)]
