"""Batches of ten, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from punctuald.errors import SourceUnavailable
from punctuald.source.sqs_batch import Entry, send_in_batches


def entries(number: int) -> dict[str, Entry]:
    return {f"handle-{index}": {} for index in range(number)}


def whole_call_refused() -> SourceUnavailable:
    error = SourceUnavailable("bad handle", code="ReceiptHandleIsInvalid")
    error.__cause__ = ClientError({"Error": {"Code": "ReceiptHandleIsInvalid"}}, "DeleteMessageBatch")
    return error


def test_ids_are_positions_within_each_ten() -> None:
    sent: list[Sequence[Entry]] = []

    def send(batch: Sequence[Entry]) -> Mapping[str, Any]:
        sent.append(batch)
        return {}

    assert send_in_batches(entries(12), send) == []
    assert [[entry["Id"] for entry in batch] for batch in sent] == [[str(index) for index in range(10)], ["0", "1"]]


@pytest.mark.parametrize(("sender_fault", "retryable"), [(True, False), (False, True)])
def test_a_failed_entry_is_told_by_its_handle(*, sender_fault: bool, retryable: bool) -> None:
    failed = {"Id": "1", "Code": "Some", "Message": "why", "SenderFault": sender_fault}
    (failure,) = send_in_batches(entries(3), lambda _: {"Failed": [failed], "Successful": [{"Id": "0"}, {"Id": "2"}]})
    assert (failure.receipt_handle, failure.code, failure.text) == ("handle-1", "Some", "why")
    assert failure.retryable is retryable


def test_one_handle_that_spoils_a_whole_call_is_found_and_the_others_go_through() -> None:
    done: list[str] = []

    def send(batch: Sequence[Entry]) -> Mapping[str, Any]:
        handles = [entry["ReceiptHandle"] for entry in batch]
        if "handle-2" in handles:
            raise whole_call_refused()
        done.extend(handles)
        return {}

    (failure,) = send_in_batches(entries(4), send)
    assert (failure.receipt_handle, failure.code, failure.retryable) == ("handle-2", "ReceiptHandleIsInvalid", False)
    assert done == ["handle-0", "handle-1", "handle-3"]


def test_a_call_that_did_not_happen_raises() -> None:
    def send(_: Sequence[Entry]) -> Mapping[str, Any]:
        raise SourceUnavailable("no answer", code="ReadTimeoutError")

    with pytest.raises(SourceUnavailable, match="no answer"):
        send_in_batches(entries(1), send)
