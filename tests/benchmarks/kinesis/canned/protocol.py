"""Just enough of Kinesis' JSON protocol for those who read shards."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson

from benchmarks.canned.answering import AnsweringProtocol

from .records import AGE_SECONDS, FIRST_SEQUENCE_NUMBER, SHARDS, STREAM, CannedShard

TARGET = b"kinesis_20131202."
MOST_RECORDS = 10_000  # of one GetRecords
ITERATOR_PADDING = "A" * 200  # one of Kinesis has some 230 characters
HASH_KEYS = 1 << 128
CREATED_UTC = round(time.time()) - 3600
ANSWER = b'{"MillisBehindLatest":%d,"NextShardIterator":"%b","Records":[%b]}'


class CannedKinesis(AnsweringProtocol):
    """One connection; see `AnsweringProtocol`. An iterator says its shard and the number of its next record."""

    def __init__(self, shards: Mapping[str, CannedShard]) -> None:
        super().__init__(TARGET)
        self._shards = shards

    def answer(self, operation: str, body: bytes) -> None:
        """See `AnsweringProtocol.answer`. An operation that it does not know is an error that is seen at once."""
        request = orjson.loads(body)
        if operation == "getrecords":
            self.send(self._records(request))
        elif operation == "getsharditerator":
            self.send(orjson.dumps({"ShardIterator": _iterator(request["ShardId"], _beginning(request))}))
        else:
            known = {"listshards": {"Shards": _listed()}, "describestreamsummary": _described()}
            self.send(orjson.dumps(known[operation]))

    def _records(self, request: Mapping[str, Any]) -> bytes:
        shard, first, _ = request["ShardIterator"].split(":")
        count = request.get("Limit") or MOST_RECORDS
        records = self._shards[shard].read(int(first), count)
        return ANSWER % (AGE_SECONDS * 1000, _iterator(shard, int(first) + count).encode(), records)


def _iterator(shard: str, first: int) -> str:
    return f"{shard}:{first}:{ITERATOR_PADDING}"


def _beginning(request: Mapping[str, Any]) -> int:
    if request["ShardIteratorType"] == "TRIM_HORIZON":
        return 0
    number = int(request["StartingSequenceNumber"]) - FIRST_SEQUENCE_NUMBER
    return number + 1 if request["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER" else number


def _listed() -> list[dict[str, Any]]:
    size = HASH_KEYS // len(SHARDS)
    return [
        {
            "ShardId": shard,
            "HashKeyRange": {"StartingHashKey": str(size * number), "EndingHashKey": str(size * (number + 1) - 1)},
            "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST_SEQUENCE_NUMBER)},
        }
        for number, shard in enumerate(SHARDS)
    ]


def _described() -> dict[str, Any]:
    summary = {
        "StreamName": STREAM,
        "StreamARN": f"arn:aws:kinesis:us-east-1:000000000000:stream/{STREAM}",
        "StreamStatus": "ACTIVE",
        "StreamCreationTimestamp": CREATED_UTC,
        "RetentionPeriodHours": 24,
        "EncryptionType": "NONE",
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "OpenShardCount": len(SHARDS),
        "ConsumerCount": 0,
    }
    return {"StreamDescriptionSummary": summary}
