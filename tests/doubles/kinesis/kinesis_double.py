"""A stream in memory that answers as Kinesis does, with the faults that no emulator has. For virtual time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from punctuald.clock import ManualClock

ITERATOR_SECONDS = 300.0
LATENCY_SECONDS = 0.01
FIRST_NUMBER = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_802  # of 56 digits, as at AWS
HASH_KEYS = 2**128


@dataclass(frozen=True)
class Call:
    operation: str
    shard: str
    at_mono: float
    parameters: Mapping[str, Any]


@dataclass
class ShardDouble:
    records: list[dict[str, Any]] = field(default_factory=list)
    children: list[str] | None = None  # given: it is closed
    is_gone: bool = False  # by retention
    is_listed_open: bool | None = None  # None: as it is
    names_children: bool = True
    empty_answers: int = 0  # so many bring nothing, though it is behind
    faults: list[Exception] = field(default_factory=list)  # of its next calls, in turn
    hash_keys: range = range(HASH_KEYS)
    longest_answer: int = 10_000  # records: a longer one does not come in time
    left_out: list[str] = field(default_factory=list)  # of its answers


def refused(code: str, operation: str = "GetRecords") -> ClientError:
    """As botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}, operation)


THROTTLED = "ProvisionedThroughputExceededException"


def cut() -> ConnectionClosedError:
    """The connection ended without an answer."""
    return ConnectionClosedError(endpoint_url="https://kinesis.example")


class KinesisDouble:
    """See `KinesisApi`."""

    region = "eu-west-1"
    endpoint_url = "https://kinesis.example"

    def __init__(self, clock: ManualClock, *shards: str) -> None:
        self._clock = clock
        self._number = FIRST_NUMBER
        self.shards = {name: ShardDouble() for name in shards or ("s-0",)}
        self.calls: list[Call] = []
        self.list_faults: list[Exception] = []

    def put(self, data: bytes = b"x", key: str = "k", shard: str = "s-0") -> str:
        """The new record's sequence number."""
        self._number += 1
        record = {
            "SequenceNumber": str(self._number),
            "Data": base64.b64encode(data).decode(),
            "PartitionKey": key,
            "ApproximateArrivalTimestamp": self._clock.utc(),
        }
        self.shards[shard].records.append(record)
        return str(self._number)

    def reads(self, shard: str = "s-0") -> list[Call]:
        """Of its records, in their order."""
        return [call for call in self.calls if call.operation == "GetRecords" and call.shard == shard]

    async def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        token = str(parameters.get("ShardIterator", ""))
        name = str(parameters.get("ShardId") or token.split("/", maxsplit=1)[0])
        self.calls.append(Call(operation, name, self._clock.mono(), parameters))
        await asyncio.sleep(LATENCY_SECONDS)
        if operation == "ListShards" and self.list_faults:
            raise self.list_faults.pop(0)
        if operation == "ListShards":
            return {"Shards": [self._listed(each) for each in self.shards if not self.shards[each].is_gone]}
        shard = self.shards[name]
        if shard.faults:
            raise shard.faults.pop(0)
        if shard.is_gone:
            raise refused("ResourceNotFoundException", operation)
        if operation == "GetShardIterator":
            return {"ShardIterator": self._token(name, self._index(shard, parameters))}
        answer = self._records(name, shard, token, int(parameters["Limit"]))
        return {field: value for field, value in answer.items() if field not in shard.left_out}

    async def close(self) -> None:
        """Nothing is open."""

    def _records(self, name: str, shard: ShardDouble, token: str, limit: int) -> dict[str, Any]:
        _, index_text, made_mono = token.split("/")
        if self._clock.mono() - float(made_mono) > ITERATOR_SECONDS:
            raise refused("ExpiredIteratorException")
        index = int(index_text)
        if shard.empty_answers:
            shard.empty_answers -= 1
            return self._answer([], self._token(name, index), behind_ms=60_000)
        records = shard.records[index : index + limit]
        if len(records) > shard.longest_answer:
            raise ReadTimeoutError(endpoint_url=self.endpoint_url)
        end = index + len(records)
        if shard.children is not None and end == len(shard.records):
            children = [{"ShardId": child} for child in shard.children] if shard.names_children else []
            return {**self._answer(records, None, 0), **({"ChildShards": children} if children else {})}
        return self._answer(records, self._token(name, end), behind_ms=1_000 * (end < len(shard.records)))

    def _answer(self, records: list[dict[str, Any]], next_token: str | None, behind_ms: int) -> dict[str, Any]:
        following = {} if next_token is None else {"NextShardIterator": next_token}
        return {"Records": records, "MillisBehindLatest": behind_ms, **following}

    def _token(self, name: str, index: int) -> str:
        return f"{name}/{index}/{self._clock.mono()!r}"

    def _index(self, shard: ShardDouble, parameters: Mapping[str, Any]) -> int:
        kind, numbers = parameters["ShardIteratorType"], [int(record["SequenceNumber"]) for record in shard.records]
        if kind == "TRIM_HORIZON":
            return 0
        if kind == "AT_TIMESTAMP":
            if parameters["Timestamp"] > self._clock.utc():
                raise refused("InvalidArgumentException", "GetShardIterator")
            times = [record["ApproximateArrivalTimestamp"] for record in shard.records]
            return sum(time < parameters["Timestamp"] for time in times)
        asked = int(parameters["StartingSequenceNumber"])
        return sum(number < asked or (number == asked and kind.startswith("AFTER")) for number in numbers)

    def _listed(self, name: str) -> dict[str, Any]:
        shard = self.shards[name]
        is_open = shard.children is None if shard.is_listed_open is None else shard.is_listed_open
        ending = {} if is_open else {"EndingSequenceNumber": str(self._number)}
        keys = {"StartingHashKey": str(shard.hash_keys.start), "EndingHashKey": str(shard.hash_keys.stop - 1)}
        return {
            "ShardId": name,
            "HashKeyRange": keys,
            "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST_NUMBER), **ending},
        }
