"""Kinesis: the CPU time that a record costs from a shard to a `Message`, beside loops that only ask for records.

All read one backlog from a real server (roto) on a core of its own, in turn: a bare loop of GetRecords on our own
connections, which counts what comes; the same over boto3; and our reader with its sink, which builds the messages. The
reader keeps to a shard's 2 MB a second, so what counts is CPU time: the scheduler's account of this process.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import uvloop

from benchmarks.figures import Figure, Result
from benchmarks.processes.cores import on_cores
from doubles.kinesis.packed import packed
from doubles.kinesis.sink import STREAM, CollectingSink, readers
from doubles.source.sqs_apis import Given
from peers.kinesis.servers import Place, Servers, servers
from peers.kinesis.stream import TestStream
from peers.programs.maven import NotToBeHad
from punctuald.clock import SystemClock
from punctuald.demo.servers import REGION, TEST_CREDENTIALS
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.aws.connections import Connections
from punctuald.source.aws.signed_json.sigv4 import Credentials
from punctuald.source.kinesis.api.client import resolve
from punctuald.source.kinesis.api.fast import FastKinesisApi
from punctuald.source.kinesis.reading.record import KinesisRecord

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[-1], CORES[0]
ROUNDS = 5
RECORDS, RECORD_BYTES, KEYS, ENTRIES = 20_000, 200, 1_000, 500
CREDENTIALS = Credentials(TEST_CREDENTIALS["AWS_ACCESS_KEY_ID"], TEST_CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
PARTS = 50
"""User records in a packed one."""

LIMIT = 1_000
PACKED = f"the same, {PARTS} packed in one"
BARE, BOTO3, OURS = "our connections alone", "boto3 alone", "punctuald's reader"
GOALS = {BARE: 0.3, BOTO3: 1.0}

Loop = Callable[[TestStream], Coroutine[Any, Any, None]]


def run(directory: Path) -> Result:  # noqa: ARG001 - all benchmarks are given one
    """About two minutes, most of them waiting."""
    name = "kinesis_reading"
    try:
        with on_cores({SERVER_CORE}), servers(Place.ROTO) as running, on_cores({CLIENT_CORE}):
            costs = _measured(running)
    except NotToBeHad as missing:
        return Result(name, (), note=str(missing))
    return Result(name, tuple(_figures(costs)), {"us_per_record": costs})


def _measured(running: Servers) -> Mapping[str, Sequence[float]]:
    plain = _backlog(running, "plain", [b"x" * RECORD_BYTES] * RECORDS)
    parts = [(f"key-{number}", b"x" * RECORD_BYTES, None) for number in range(PARTS)]
    dense = _backlog(running, "packed", [packed(parts)] * (RECORDS // PARTS))
    loops: Mapping[str, Loop] = {BARE: _bare, BOTO3: _boto3, OURS: _ours}
    costs: dict[str, list[float]] = {name: [] for name in (*loops, PACKED)}
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            costs[name].append(_cpu_microseconds(loop, plain))
        costs[PACKED].append(_cpu_microseconds(_ours, dense))
    return costs


def _backlog(running: Servers, name: str, data: Sequence[bytes]) -> TestStream:
    stream = TestStream(running, name).create(1)
    for first in range(0, len(data), ENTRIES):
        entries = [
            {"Data": each, "PartitionKey": f"key-{(first + number) % KEYS}"}
            for number, each in enumerate(data[first : first + ENTRIES])
        ]
        answer = stream.kinesis.put_records(StreamName=name, Records=entries)
        assert answer["FailedRecordCount"] == 0
    return stream


def _figures(costs: Mapping[str, Sequence[float]]) -> Iterator[Figure]:
    for name, each in costs.items():
        yield Figure(name, median(each), "us/record")
    for name, goal in GOALS.items():
        ratios = [other / ours for other, ours in zip(costs[name], costs[OURS], strict=True)]
        low, middle, high = quantiles(ratios, n=4)
        yield Figure(f"punctuald's reader beside {name}", middle, "x", at_least=goal, quartiles=(low, high))


def _cpu_microseconds(loop: Loop, stream: TestStream) -> float:
    """The process' own clock is the scheduler's account of all its threads, in nanoseconds."""
    before = time.process_time_ns()
    uvloop.run(loop(stream))
    return (time.process_time_ns() - before) / 1_000 / RECORDS


async def _bare(stream: TestStream) -> None:
    api, records = _api(stream), 0
    iterator = (await api.call("GetShardIterator", _beginning(stream)))["ShardIterator"]
    while records < RECORDS:
        answer = await api.call("GetRecords", {"ShardIterator": iterator, "Limit": LIMIT})
        records += len(answer["Records"])
        iterator = answer["NextShardIterator"]
    await api.close()


async def _boto3(stream: TestStream) -> None:
    kinesis, records = stream.kinesis, 0
    iterator = kinesis.get_shard_iterator(**_beginning(stream))["ShardIterator"]
    while records < RECORDS:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=LIMIT)
        records += len(answer["Records"])
        iterator = answer["NextShardIterator"]


async def _ours(stream: TestStream) -> None:
    api, sink, done = _api(stream), CountingSink(), asyncio.Event()
    reader = readers(api, sink, SystemClock(), replace(STREAM, stream=stream.name))
    sink.on_enough = done.set
    reader.begin(stream.open_shards()[0].name, 1, Checkpoint(TRIM_HORIZON))
    await done.wait()
    reader.stop_all()
    await api.close()


class CountingSink(CollectingSink):
    """Keeps nothing, as a queue that is drained."""

    def __init__(self) -> None:
        super().__init__(most=LIMIT)
        self._count = 0
        self.on_enough: Callable[[], None] = lambda: None

    def arrived(self, shard: str, records: Sequence[KinesisRecord]) -> None:  # noqa: ARG002 - the port's signature
        self._count += len(records)
        if self._count >= RECORDS:
            self.on_enough()


def _api(stream: TestStream) -> FastKinesisApi:
    endpoint = resolve(REGION, stream.servers.kinesis_url)
    return FastKinesisApi(endpoint, Connections(endpoint.server), Given(CREDENTIALS), ClockSkew(SystemClock()))


def _beginning(stream: TestStream) -> dict[str, str]:
    [shard] = stream.open_shards()
    return {"StreamName": stream.name, "ShardId": shard.name, "ShardIteratorType": "TRIM_HORIZON"}
