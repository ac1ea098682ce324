"""The list of shards is whole or an error, and never a part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conftest import RunAsync
from doubles.kinesis.kinesis_double import THROTTLED, refused
from doubles.kinesis.sink import STREAM
from punctuald.errors import SourceMissing, SourceUnavailable
from punctuald.model import Metric
from punctuald.policy.leases.shard import Shard, StreamIdentity
from punctuald.source.kinesis.api.calls import StreamCalls
from punctuald.source.kinesis.api.shard_list import ListedShards

Step = Mapping[str, Any] | Exception


class ScriptedApi:
    """Answers each call with the next step."""

    region, endpoint_url = "eu-west-1", "https://kinesis.example"

    def __init__(self, *script: Step) -> None:
        self._script = list(script)
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        step = self._script.pop(0)
        if isinstance(step, Exception):
            raise step
        return dict(step)

    async def close(self) -> None:
        """Nothing is open."""


def listed(api: ScriptedApi, counted: list[Metric] | None = None) -> ListedShards:
    return ListedShards(StreamCalls(api, STREAM, ([] if counted is None else counted).append))


def wire(name: str, ending: str | None = None, **parents: str) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": "1"} | ({} if ending is None else {"EndingSequenceNumber": ending})
    hash_keys = {"StartingHashKey": "0", "EndingHashKey": "9"}
    return {"ShardId": name, "HashKeyRange": hash_keys, "SequenceNumberRange": numbers, **parents}


def summary(status: str = "ACTIVE") -> dict[str, Any]:
    said = {"StreamARN": "arn:1", "StreamCreationTimestamp": 1.7e9, "StreamStatus": status}
    return {"StreamDescriptionSummary": said}


def test_all_pages_are_read_and_the_name_is_asked_for_only_at_first(run_async: RunAsync) -> None:
    merged = wire("s-2", ParentShardId="s-0", AdjacentParentShardId="s-1")
    api, counted = ScriptedApi({"Shards": [wire("s-0", "7")], "NextToken": "t"}, {"Shards": [merged]}), []  # type: ignore[var-annotated]
    shards = run_async(listed(api, counted).list_shards())
    assert shards == [
        Shard("s-0", (), "0", "9", "1", "7"),
        Shard("s-2", ("s-0", "s-1"), "0", "9", "1", None),
    ]
    assert [shard.is_open for shard in shards] == [False, True]
    assert api.calls == [("ListShards", {"StreamName": "orders-stream"}), ("ListShards", {"NextToken": "t"})]
    assert counted == [Metric.REQUEST_ATTRIBUTES] * 2


def test_a_page_that_fails_fails_the_list(run_async: RunAsync) -> None:
    api = ScriptedApi({"Shards": [wire("s-0")], "NextToken": "t"}, refused(THROTTLED, "ListShards"))
    with pytest.raises(SourceUnavailable):
        run_async(listed(api).list_shards())


def test_the_shards_of_a_time_are_asked_for_by_that_time(run_async: RunAsync) -> None:
    api = ScriptedApi({"Shards": [wire("s-0")]})
    assert run_async(listed(api).open_at(1.5e9)) == ["s-0"]
    [(_, parameters)] = api.calls
    assert parameters["ShardFilter"] == {"Type": "AT_TIMESTAMP", "Timestamp": 1.5e9}


@pytest.mark.parametrize("answer", [{}, {"Shards": None}, {"Shards": [{}]}, {"Shards": [7]}])
def test_what_is_no_list_of_shards_is_not_an_empty_one(run_async: RunAsync, answer: Mapping[str, Any]) -> None:
    with pytest.raises(SourceUnavailable) as raised:
        run_async(listed(ScriptedApi(answer)).list_shards())
    assert raised.value.code == "UnreadableAnswer"


def test_a_stream_is_known_by_its_creation(run_async: RunAsync) -> None:
    assert run_async(listed(ScriptedApi(summary())).describe()) == StreamIdentity("arn:1", 1.7e9)
    assert run_async(listed(ScriptedApi(summary("UPDATING"))).describe()) == StreamIdentity("arn:1", 1.7e9)


@pytest.mark.parametrize("status", ["CREATING", "DELETING"])
def test_a_stream_that_is_not_there_yet_or_any_more_is_unavailable(run_async: RunAsync, status: str) -> None:
    with pytest.raises(SourceUnavailable, match=f"it is {status.lower()}"):
        run_async(listed(ScriptedApi(summary(status))).describe())


def test_a_stream_that_does_not_exist_is_missing(run_async: RunAsync) -> None:
    gone = refused("ResourceNotFoundException", "DescribeStreamSummary")
    with pytest.raises(SourceMissing, match=r"orders-stream.*does not exist there"):
        run_async(listed(ScriptedApi(gone)).describe())
