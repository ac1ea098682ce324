"""Calls for several messages at once, with every failed entry by itself.

SQS: an entry's id is unique within its batch and nothing more; the same MessageId can be in one batch twice (two
deliveries of it), so ids here are positions, and what came of an entry is found by its receipt handle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from punctuald.errors import SourceError
from punctuald.model import Failure
from punctuald.ports import SQS_LARGEST_BATCH

from .answers import failed_in, optional_text_in, unreadable
from .errors import refusal_code

BAD_HANDLE_CODES = frozenset({"ReceiptHandleIsInvalid", "InvalidIdFormat", "MessageNotInflight"})
"""A lost lease, where a service answers the whole call with it instead of the one entry."""

_IDS = tuple(str(index) for index in range(SQS_LARGEST_BATCH))

Handles = Mapping[str, int | None]
"""What to do, by receipt handle, so that one handle goes once: a visibility timeout in seconds, None to delete."""

Entry = dict[str, Any]
SendBatch = Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]]
"""Makes the call with these parameters."""


async def send_batch(
    handles: Handles, send: SendBatch, queue: str = "", operation: str = "a batch call"
) -> Sequence[Failure]:
    """Send at most ten entries in one call, and say what was not done. None at all makes no call.

    ``queue`` and ``operation`` are for the text of the error for an answer that does not say what was not done.
    """
    if not handles:
        return ()
    if len(handles) > SQS_LARGEST_BATCH:
        raise ValueError(f"{len(handles)} messages in a batch: SQS takes {SQS_LARGEST_BATCH}")
    try:
        answer = await send({"Entries": _entries(handles)})
    except SourceError as error:
        if not is_bad_handle(error):
            raise
        return await _find_the_bad_one(handles, send, str(error))
    failed = failed_in(answer, queue, operation)
    if not failed:
        return ()
    handle_of = dict(zip(_IDS, handles, strict=False))
    if not all(isinstance(entry, dict) and entry.get("Id") in _IDS[: len(handles)] for entry in failed):
        raise unreadable(queue, operation, "says that entries failed that were not sent")
    return [_failure(handle_of[entry["Id"]], entry) for entry in failed]


def is_bad_handle(error: SourceError) -> bool:
    """Whether a whole call was refused because of a receipt handle in it."""
    return refusal_code(error) in BAD_HANDLE_CODES


def _entries(handles: Handles) -> list[Entry]:
    numbered = zip(_IDS, handles.items(), strict=False)
    return [
        {"Id": number, "ReceiptHandle": handle, "VisibilityTimeout": seconds}
        if seconds is not None
        else {"Id": number, "ReceiptHandle": handle}
        for number, (handle, seconds) in numbered
    ]


async def _find_the_bad_one(handles: Handles, send: SendBatch, text: str) -> Sequence[Failure]:
    """One handle spoilt the whole call: go one by one, so that the other nine are not lost with it."""
    if len(handles) == 1:
        return [Failure(handle, "ReceiptHandleIsInvalid", text, retryable=False) for handle in handles]
    failures: list[Failure] = []
    for handle, seconds in handles.items():
        failures += await send_batch({handle: seconds}, send)
    return failures


def _failure(handle: str, failed: Mapping[str, Any]) -> Failure:
    code, text = optional_text_in(failed, "Code") or "Unknown", optional_text_in(failed, "Message") or ""
    return Failure(handle, code, text, retryable=not failed.get("SenderFault"))
