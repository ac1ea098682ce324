"""A rejected record's copy in SQS: the same to the byte, with where it stood; as much of it as SQS takes."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from conftest import RunAsync
from doubles.source.recording_api import RecordingApi
from punctuald.clock import ManualClock
from punctuald.errors import SourceMissing, SourceUnavailable
from punctuald.model import Failure, Message
from punctuald.ports import DEAD_LETTER_REFUSED, NO_DEAD_LETTER_QUEUE
from punctuald.source.kinesis.dead_letters import LEAST_REASON_LENGTH, DeadLetters
from punctuald.source.sqs.queue import SqsQueue

SEQUENCE = "49683652318934029562312871345928457012384028364012638466"


def record(data: bytes = b'{"n": 1}', key: str = "sensor-7", sub: str = "") -> Message:
    place = f"clicks/shardId-000000000003/{SEQUENCE}{sub}"
    body = data.decode("utf-8", "surrogateescape")
    return Message(place, "clicks", body, "1:0", 0.0, 0.0, 1, key, partition="shardId-000000000003")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendMessage")


def letters_to(api: RecordingApi, name: str = "dead") -> DeadLetters:
    return DeadLetters("plant.clicks", SqsQueue(api, name, None, lambda _: None, ManualClock()))


def texts(letter: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}


def data_of(letter: dict[str, Any]) -> bytes:
    """As whoever reads the dead-letter queue gets it back."""
    encoding = texts(letter).get("punctuald.encoding", "")
    body: str = letter["MessageBody"]
    if encoding == "empty":
        return b""
    return base64.b64decode(body) if encoding == "base64" else body.encode()


def test_a_copy_says_why_it_is_there_and_where_it_stood(run_async: RunAsync) -> None:
    api = RecordingApi()
    assert list(run_async(letters_to(api).copy(record(sub=":4"), "not for us"))) == []
    [letter] = api.asked("SendMessage")
    assert (letter["QueueUrl"], letter["MessageBody"]) == ("https://sqs/found", '{"n": 1}')
    assert texts(letter) == {
        "punctuald.reason": "not for us",
        "punctuald.stream": "plant.clicks",
        "punctuald.shard": "shardId-000000000003",
        "punctuald.sequence_number": f"{SEQUENCE}:4",
        "punctuald.partition_key": "sensor-7",
    }


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("é\n\t😀".encode(), None),
        (b"\xff\x00", "base64"),
        (b"\x00", "base64"),
        ("\ufffe".encode(), "base64"),
        (b"", "empty"),
    ],
)
def test_data_goes_as_text_where_sqs_takes_it_and_else_says_how_it_is_encoded(
    data: bytes, encoding: str | None, run_async: RunAsync
) -> None:
    api = RecordingApi()
    run_async(letters_to(api).copy(record(data), "why"))
    [letter] = api.asked("SendMessage")
    assert (texts(letter).get("punctuald.encoding"), data_of(letter)) == (encoding, data)


@given(st.binary(max_size=64))
def test_whatever_a_record_has_comes_back_to_the_byte(data: bytes) -> None:
    [letter] = sent_by(record(data))
    assert letter["MessageBody"]
    assert data_of(letter) == data


def sent_by(rejected: Message, name: str = "dead") -> list[dict[str, Any]]:
    """Without a loop: nothing in it waits."""
    api = RecordingApi()
    steps = letters_to(api, name).copy(rejected, "why")
    with pytest.raises(StopIteration):
        steps.send(None)
    return api.asked("SendMessage")


@pytest.mark.parametrize(("refusals", "kept"), [(1, "the value"), (2, "its place")])
def test_where_it_is_too_large_the_reason_is_cut_and_then_the_value_left_out(
    refusals: int, kept: str, run_async: RunAsync
) -> None:
    api = RecordingApi(SendMessage=[*[refusal("InvalidParameterValue")] * refusals, {}])
    assert list(run_async(letters_to(api).copy(record(), "x" * 500))) == []
    *_, last = api.asked("SendMessage")
    left_out = texts(last).get("punctuald.value_left_out")
    if kept == "the value":
        assert (last["MessageBody"], left_out) == ('{"n": 1}', None)
        assert texts(last)["punctuald.reason"] == "x" * LEAST_REASON_LENGTH
    else:
        assert (last["MessageBody"], left_out) == ("-", "true")
        assert texts(last)["punctuald.sequence_number"] == SEQUENCE


def test_a_queue_that_takes_none_of_it_makes_it_a_failure_for_good(run_async: RunAsync) -> None:
    api = RecordingApi(SendMessage=refusal("InvalidMessageContents"))
    [failure] = run_async(letters_to(api).copy(record(), "why"))
    assert (failure.code, failure.retryable) == (DEAD_LETTER_REFUSED, False)
    assert len(api.asked("SendMessage")) == 3


def test_what_may_pass_is_raised_and_nothing_smaller_is_sent(run_async: RunAsync) -> None:
    api = RecordingApi(SendMessage=refusal("ServiceUnavailable"))
    with pytest.raises(SourceUnavailable):
        run_async(letters_to(api).copy(record(), "why"))
    assert len(api.asked("SendMessage")) == 1


def test_a_queue_that_is_not_there_is_waited_for(run_async: RunAsync) -> None:
    api = RecordingApi(GetQueueUrl=[refusal("QueueDoesNotExist"), {"QueueUrl": "https://sqs/made"}])
    letters = letters_to(api)
    with pytest.raises(SourceMissing):
        run_async(letters.copy(record(), "why"))
    assert list(run_async(letters.copy(record(), "why"))) == []


def test_without_a_dead_letter_queue_it_is_a_failure_that_says_so(run_async: RunAsync) -> None:
    without = DeadLetters("clicks", None)
    assert run_async(without.copy(record(), "why")) == [
        Failure("1:0", NO_DEAD_LETTER_QUEUE, "stream 'clicks' has no dead-letter queue", retryable=False)
    ]
    run_async(without.close())


def test_a_fifo_queue_keeps_the_order_of_each_key_and_takes_a_copy_once() -> None:
    [letter] = sent_by(record(), "dead.fifo")
    [again] = sent_by(record(), "dead.fifo")
    assert letter["MessageGroupId"] == "sensor-7"
    assert letter["MessageDeduplicationId"] == again["MessageDeduplicationId"]
    [other] = sent_by(record(sub=":1"), "dead.fifo")
    assert other["MessageDeduplicationId"] != letter["MessageDeduplicationId"]
    [plain] = sent_by(record())
    assert not plain.keys() & {"MessageGroupId", "MessageDeduplicationId"}


@given(st.text(min_size=1, max_size=256))
def test_any_key_makes_a_group_that_sqs_takes_and_keys_do_not_share_one(key: str) -> None:
    [letter] = sent_by(record(key=key), "dead.fifo")
    [other] = sent_by(record(key=key + "x"), "dead.fifo")
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        assert 1 <= len(letter[name]) <= 128
        assert all("!" <= character <= "~" for character in letter[name])
    assert letter["MessageGroupId"] != other["MessageGroupId"]
    assert texts(letter)["punctuald.partition_key"].isprintable()


def test_closing_closes_the_way_to_the_queue(run_async: RunAsync) -> None:
    api = RecordingApi()
    run_async(letters_to(api).close())
    assert api.closed == 1
