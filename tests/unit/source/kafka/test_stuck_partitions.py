"""A partition in which there is more to read, and nothing comes, is said: by an error, and every five minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.kafka.records import record
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.partitions.record import RecordReader
from punctuald.source.kafka.partitions.stuck_partitions import StuckPartitions
from punctuald.source.kafka.partitions.topic_buffer import TopicBuffer
from punctuald.source.kafka.topic import KafkaTopic


class Scene:
    """Partition 0 is ours, and reading stands at 10 of 30."""

    def __init__(self, logs: list[Any]) -> None:
        self.clock = ManualClock()
        limited = limited_log(self.clock)
        topic = KafkaTopic("orders", "orders", "b:1", "g")
        self.health = BrokerHealth(topic)
        self.buffer = TopicBuffer(RecordReader("orders", self.clock, limited), self.clock)
        self.buffer.gain({0: 1})
        self.stuck = StuckPartitions(topic, self.buffer, self.health, limited, self.clock)
        self.health.stands = {0: (10, 30)}
        self.logs = logs

    def look_for(self, seconds: int, *paused: str) -> list[Any]:
        """Each second; what was said of it so far."""
        self.buffer.paused = set(paused)
        for _ in range(seconds):
            self.stuck.look()
            self.clock.advance(1.0)
        return [entry for entry in self.logs if entry["event"] == "kafka.partition_stuck"]


@pytest.fixture
def scene() -> Iterator[Scene]:
    with capture_logs() as logs:
        yield Scene(logs)


def test_it_is_said_after_half_a_minute_once(scene: Scene) -> None:
    assert scene.look_for(30) == []
    [said] = scene.look_for(60)
    assert {name: said[name] for name in ("partition", "offset", "end", "seconds", "log_level")} == {
        "partition": 0,
        "offset": 10,
        "end": 30,
        "seconds": 30.0,
        "log_level": "error",
    }


def test_there_is_a_reminder_every_five_minutes(scene: Scene) -> None:
    assert len(scene.look_for(30 + 600 + 10)) == 3


def test_one_that_moves_is_not_stuck(scene: Scene) -> None:
    for position in range(10, 20):
        scene.health.stands = {0: (position, 30)}
        assert scene.look_for(25) == []


def test_one_that_is_read_to_its_end_is_not_stuck(scene: Scene) -> None:
    scene.health.stands = {0: (30, 30)}
    assert scene.look_for(100) == []


def test_one_that_is_paused_or_in_hand_or_not_ours_is_not_stuck(scene: Scene) -> None:
    assert scene.look_for(100, "0") == []
    scene.buffer.arrived([record(10)])
    assert scene.look_for(100) == []
    scene.buffer.end({"0"})
    assert scene.look_for(100) == []
