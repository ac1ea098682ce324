"""What a record may carry, and what a log may leave out, through a real broker."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from captured_logs import capture_logs
from peers.kafka.cases.reader import Reader, numbered, send
from peers.kafka.server import KafkaServer


def test_odd_keys_values_headers_and_times_come_as_they_were_sent(kafka: KafkaServer) -> None:
    now_ms = int(time.time() * 1000)
    records: list[dict[str, Any]] = [
        {"value": None, "key": b"gone", "timestamp": now_ms},
        {"value": b"", "key": None, "timestamp": now_ms - 30 * 86_400_000},
        {"value": b"\xff", "key": b"\xff", "timestamp": now_ms // 1000},
        {"value": b"{}", "key": b"", "timestamp": 1},
        {"value": b"{}", "key": b"k", "timestamp": now_ms + 1_800_000},
        {"value": b"{}", "key": b"k", "headers": [("a", b"1"), ("a", b"2"), ("n", None), ("x", b"\xff")]},
    ]

    async def run() -> None:
        kafka.create_topic("odd", 1, retention_ms=-1)
        send(kafka, "odd", *records)
        with capture_logs() as logs:
            async with Reader(kafka, "odd") as reader:
                gone, empty, binary, old, ahead, headed = await reader.finish(6)
                assert await reader.committed({0: 6})
        assert (gone.tombstone, gone.body, gone.group) == (True, "", "gone")
        assert (empty.tombstone, empty.body, empty.group) == (False, "", None)
        assert 29 * 86_400 < empty.received_utc - empty.sent_utc < 31 * 86_400
        assert (binary.data, binary.group) == (b"\xff", "\udcff")
        ages = [message.received_utc - message.sent_utc for message in (binary, old, ahead)]
        assert all(0 <= age < 60 for age in ages), "from when they were read, and not by their own times"
        assert (old.group, dict(headed.attributes)) == ("", {"a": "2", "n": "", "x": "\udcff"})
        assert [(message.partition, message.offset) for message in (gone, headed)] == [("0", 0), ("0", 5)]
        said = [entry["records"] for entry in logs if entry["event"] == "kafka.time_mistrusted"]
        assert said == [1], "one line for the topic"

    asyncio.run(run())


def test_a_time_that_the_broker_wrote_is_the_records(kafka: KafkaServer) -> None:
    async def run() -> None:
        kafka.create_topic("append-time", 1, message_timestamp_type="LogAppendTime")
        begun_utc = time.time()
        send(kafka, "append-time", {"value": b"0", "timestamp": 1})
        async with Reader(kafka, "append-time") as reader:
            [message] = await reader.finish(1)
        assert begun_utc - 0.1 <= message.sent_utc <= message.received_utc

    asyncio.run(run())


def test_a_compacted_topic_has_holes_and_is_done_to_its_end(kafka: KafkaServer) -> None:
    eager: dict[str, Any] = {
        "cleanup_policy": "compact",
        "segment_ms": 100,
        "min_cleanable_dirty_ratio": "0.01",
        "max_compaction_lag_ms": 100,
    }

    async def run() -> None:
        kafka.create_topic("compacted", 1, **eager)
        send(kafka, "compacted", *numbered(60, key=b"same"))
        await asyncio.sleep(0.3)
        send(kafka, "compacted", {"value": b"60", "key": b"other"})  # which closes the segment before it
        for attempt in range(30):
            async with Reader(kafka, "compacted", group=f"compacted-{attempt}") as reader:
                messages = await reader.receive(1)
                while more := await reader.source.receive(500, 0.3, 0):
                    messages += more
                if len(messages) < 61:
                    break
        assert [message.offset for message in messages] == [59, 60]
        async with Reader(kafka, "compacted") as reader:
            first, second = await reader.receive(2)
            await reader.source.acknowledge([second])
            await reader.source.acknowledge([first])
            assert await reader.committed({0: 61})

    asyncio.run(run())
