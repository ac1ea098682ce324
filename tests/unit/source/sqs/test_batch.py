"""Batches, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conftest import RunAsync
from punctuald.errors import SourceUnavailable
from punctuald.source.sqs.batch import Entry, send_batch


def handles(number: int, seconds: int | None = None) -> dict[str, int | None]:
    return {f"handle-{index}": seconds for index in range(number)}


def whole_call_refused() -> SourceUnavailable:
    error = SourceUnavailable("bad handle", code="ReceiptHandleIsInvalid")
    error.__cause__ = ClientError({"Error": {"Code": "ReceiptHandleIsInvalid"}}, "DeleteMessageBatch")
    return error


class Service:
    """Takes batches; refuses those with a bad handle as a whole."""

    def __init__(self, *, bad: str = "", failed: Sequence[Mapping[str, Any]] = ()) -> None:
        self.sent: list[list[Entry]] = []
        self._bad = bad
        self._failed = failed

    async def send(self, parameters: Mapping[str, list[Entry]]) -> Mapping[str, Any]:
        batch = parameters["Entries"]
        if self._bad in [entry["ReceiptHandle"] for entry in batch]:
            raise whole_call_refused()
        self.sent.append(batch)
        return {"Failed": list(self._failed)}


def test_ids_are_positions(run_async: RunAsync) -> None:
    service = Service()
    assert list(run_async(send_batch(handles(10), service.send))) == []
    assert [[entry["Id"] for entry in batch] for batch in service.sent] == [[str(index) for index in range(10)]]


def test_a_visibility_goes_with_each_entry_that_has_one(run_async: RunAsync) -> None:
    service = Service()
    run_async(send_batch({"a": 0, "b": 30}, service.send))
    assert [entry["VisibilityTimeout"] for entry in service.sent[0]] == [0, 30]
    run_async(send_batch({"a": None}, service.send))
    assert service.sent[1] == [{"Id": "0", "ReceiptHandle": "a"}]


def test_nothing_to_do_makes_no_call(run_async: RunAsync) -> None:
    service = Service()
    assert list(run_async(send_batch({}, service.send))) == []
    assert service.sent == []


def test_more_than_ten_is_the_callers_mistake(run_async: RunAsync) -> None:
    with pytest.raises(ValueError, match="11 messages"):
        run_async(send_batch(handles(11), Service().send))


@pytest.mark.parametrize(("sender_fault", "retryable"), [(True, False), (False, True)])
def test_a_failed_entry_is_told_by_its_handle(*, sender_fault: bool, retryable: bool, run_async: RunAsync) -> None:
    service = Service(failed=[{"Id": "1", "Code": "Some", "Message": "why", "SenderFault": sender_fault}])
    (failure,) = run_async(send_batch(handles(3), service.send))
    assert (failure.receipt_handle, failure.code, failure.text) == ("handle-1", "Some", "why")
    assert failure.retryable is retryable


def test_one_handle_that_spoils_a_whole_call_is_found_and_the_others_go_through(run_async: RunAsync) -> None:
    service = Service(bad="handle-2")
    (failure,) = run_async(send_batch(handles(4, 7), service.send))
    assert (failure.receipt_handle, failure.code, failure.retryable) == ("handle-2", "ReceiptHandleIsInvalid", False)
    assert [entry["ReceiptHandle"] for (entry,) in service.sent] == ["handle-0", "handle-1", "handle-3"]
    assert {entry["VisibilityTimeout"] for (entry,) in service.sent} == {7}


def test_a_call_that_did_not_happen_raises(run_async: RunAsync) -> None:
    async def send(_: Mapping[str, Any]) -> Mapping[str, Any]:
        raise SourceUnavailable("no answer", code="ReadTimeoutError")

    with pytest.raises(SourceUnavailable, match="no answer"):
        run_async(send_batch(handles(1), send))
