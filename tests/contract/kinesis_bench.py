"""A stream of two shards on an embedded roto, in real time."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count

import boto3

from contract.bench import MOST
from contract.sqs_bench import open_source
from doubles.kinesis.open_source import open_kinesis_source
from doubles.source.recorded_actions import own_look
from punctuald.clock import SystemClock
from punctuald.demo.queues import create_queue
from punctuald.demo.servers import REGION
from punctuald.model import NO_ATTRIBUTES, Message, Metric
from punctuald.ports import Source
from punctuald.source.aws.transport import Transport
from punctuald.source.kinesis.dead_letters import KEY_ATTRIBUTE, SEQUENCE_ATTRIBUTE, SHARD_ATTRIBUTE, STREAM_ATTRIBUTE
from punctuald.source.kinesis.stream import KinesisStream

LONG_WAIT_SECONDS = 5.0
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 10.0
CLOSED = "http://127.0.0.1:9"
PLACE = (STREAM_ATTRIBUTE, SHARD_ATTRIBUTE, SEQUENCE_ATTRIBUTE, KEY_ATTRIBUTE)
HASH_KEYS = 1 << 128


class KinesisBench:
    """A stream with a dead-letter queue."""

    unreachable_code = "EndpointConnectionError"
    reads_by_itself = True

    def __init__(self, runner: asyncio.Runner, endpoint_url: str) -> None:
        self.runner = runner
        self.requests: Tally[Metric] = Tally()
        self._endpoint_url = endpoint_url
        self._name = f"contract-{uuid.uuid4().hex[:8]}"
        self._dead = f"{self._name}-dead"
        create_queue(endpoint_url, self._dead)
        self._client = boto3.client("kinesis", region_name=REGION, endpoint_url=endpoint_url)
        self._client.create_stream(StreamName=self._name, ShardCount=2)
        self._table = boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint_url)
        self._numbers: dict[str, list[str]] = {}  # of each shard, in their order
        self._keys = count()
        self._stream = KinesisStream(
            name=self._name,
            stream=self._name,
            application=self._name,
            region=REGION,
            endpoint_url=endpoint_url,
            dynamodb_endpoint_url=endpoint_url,
            checkpoint_interval_seconds=0.05,
            poll_interval_seconds=0.05,
            idle_poll_interval_seconds=0.05,
        )
        self._opened: list[Source] = []
        self.source: Source = self._open(self._stream, self._dead)

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        assert not attributes, "a record has none"
        self._put(body, group)

    def send_to(self, partition: str, *bodies: str, key: str | None = None) -> None:
        for body in bodies:
            self._put(body, key, ExplicitHashKey=str(int(partition) * HASH_KEYS // 2))

    def partition(self, number: str) -> str:
        return f"shardId-{int(number):012}"

    async def receive_after(self, seconds: float) -> Sequence[Message]:
        return await self.source.receive(MOST, seconds + LONG_WAIT_SECONDS, 30)

    async def left(self) -> int:
        """Waits a while for there to be nothing: what is done is written in its own time."""
        await self._until(lambda: self._undone() == 0)
        return self._undone()

    async def checkpoint(self, partition: str, expected: int) -> int:
        shard = self.partition(partition)
        await self._until(lambda: self._done(shard) == expected)
        return self._done(shard)

    async def without_dead_letters(self) -> Source:
        await self.source.close()
        return self._open(self._stream, "")

    async def dead_letters(self) -> Sequence[Message]:
        """Without where they stood before; the key is one of the letter's attributes."""
        with own_look():
            letters = await open_source(Transport.FAST, self._endpoint_url, self._dead, lambda _: None)
            found = await letters.receive(MOST, LONG_WAIT_SECONDS, 30)
            await letters.close()
        return [
            replace(
                letter,
                group=letter.attributes[KEY_ATTRIBUTE],
                attributes={name: text for name, text in letter.attributes.items() if name not in PLACE},
            )
            for letter in found
        ]

    async def missing(self) -> Source:
        return self._open(replace(self._stream, name="nowhere", stream="nowhere"), "")

    async def unreachable(self) -> Source:
        return self._open(replace(self._stream, endpoint_url=CLOSED), "")

    async def close(self) -> None:
        for source in self._opened:
            await source.close()

    def _open(self, stream: KinesisStream, dead_letter_queue: str) -> Source:
        source = open_kinesis_source(stream, dead_letter_queue, self._endpoint_url, self._count)
        self._opened.append(source)
        return source

    def _put(self, body: str, key: str | None, **where: str) -> None:
        key = f"key-{next(self._keys)}" if key is None else key
        put = self._client.put_record(StreamName=self._name, Data=body.encode(), PartitionKey=key, **where)
        self._numbers.setdefault(put["ShardId"], []).append(put["SequenceNumber"])

    async def _until(self, is_so: Callable[[], bool]) -> None:
        clock = SystemClock()
        until_mono = clock.mono() + PATIENCE_SECONDS
        while not is_so() and clock.mono() < until_mono:
            await asyncio.sleep(LOOK_SECONDS)

    def _undone(self) -> int:
        return sum(len(numbers) - self._done(shard) for shard, numbers in self._numbers.items())

    def _done(self, shard: str) -> int:
        """How many of its records its lease says are done."""
        row = self._table.get_item(TableName=self._name, Key={"leaseKey": {"S": shard}}, ConsistentRead=True)
        checkpoint = row.get("Item", {}).get("checkpoint", {}).get("S", "")
        return self._numbers.get(shard, []).index(checkpoint) + 1 if checkpoint.isdecimal() else 0

    def _count(self, metric: Metric, n: int = 1) -> None:
        self.requests[metric] += n
