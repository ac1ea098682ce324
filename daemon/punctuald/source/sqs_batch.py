"""Calls for many messages, in SQS's batches of ten, with every failed entry told apart.

SQS: an entry's id is unique within its batch and nothing more; the same MessageId can be in one batch twice (two
deliveries of it), so ids here are positions, and what came of an entry is told by its receipt handle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from punctuald.errors import SourceError
from punctuald.model import Failure

from .sqs_errors import error_code

MAX_BATCH = 10
BAD_HANDLE_CODES = frozenset({"ReceiptHandleIsInvalid", "InvalidIdFormat", "MessageNotInflight"})
"""A lost lease, where a service answers the whole call with it instead of the one entry."""

Entry = Mapping[str, Any]
SendBatch = Callable[[Sequence[Entry]], Any]


def send_in_batches(entries: Mapping[str, Entry], send: SendBatch) -> list[Failure]:
    """Send entries (by receipt handle, so that one handle goes once) in tens, and gather what was not done.

    When a batch as a whole fails after others went through, the whole call fails: asking again for the ones that went
    through is harmless, because all of these calls are idempotent.
    """
    failures: list[Failure] = []
    for handles in _tens(list(entries)):
        failures += _send_batch(handles, entries, send)
    return failures


def _send_batch(handles: Sequence[str], entries: Mapping[str, Entry], send: SendBatch) -> list[Failure]:
    numbered = [{"Id": str(index), "ReceiptHandle": handle, **entries[handle]} for index, handle in enumerate(handles)]
    try:
        answer = send(numbered)
    except SourceError as error:
        if not is_bad_handle(error):
            raise
        return _find_the_bad_one(handles, entries, send, str(error))
    return [_failure(handles[int(failed["Id"])], failed) for failed in answer.get("Failed", ())]


def _find_the_bad_one(
    handles: Sequence[str], entries: Mapping[str, Entry], send: SendBatch, text: str
) -> list[Failure]:
    """One handle spoilt the whole call: go one by one, so that the other nine are not lost with it."""
    if len(handles) == 1:
        return [Failure(handles[0], "ReceiptHandleIsInvalid", text, retryable=False)]
    return [failure for handle in handles for failure in _send_batch([handle], entries, send)]


def is_bad_handle(error: SourceError) -> bool:
    """Whether a whole call was refused because of a receipt handle in it."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and error_code(cause) in BAD_HANDLE_CODES


def _failure(handle: str, failed: Mapping[str, Any]) -> Failure:
    code = str(failed.get("Code", "Unknown"))
    return Failure(handle, code, str(failed.get("Message", "")), retryable=not failed.get("SenderFault", False))


def _tens(handles: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(handles)
    while batch := list(islice(remaining, MAX_BATCH)):
        yield batch
