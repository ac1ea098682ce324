"""Partitions in which there is more to read, and nothing comes: some damage makes the library try again for ever
without a word."""

from __future__ import annotations

from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.source.kafka.broker_health import BrokerHealth
from punctuald.source.kafka.topic import KafkaTopic

from .topic_buffer import TopicBuffer


class _Stand(NamedTuple):
    position: int
    since_mono: float
    said_mono: float | None


class StuckPartitions:
    """Only of a partition that is ours and not paused, of which nothing is in hand, while brokers answer."""

    def __init__(
        self, topic: KafkaTopic, buffer: TopicBuffer, health: BrokerHealth, limited: LimitedLog, clock: Clock
    ) -> None:
        self._topic = topic
        self._buffer = buffer
        self._health = health
        self._limited = limited
        self._clock = clock
        self._stands: dict[int, _Stand] = {}

    def look(self) -> None:
        """To be called now and then."""
        now_mono, stands = self._clock.mono(), {}
        paused = self._buffer.unwanted()
        for reading in self._buffer.readings.values():
            position, ends = self._health.stands.get(reading.number, (0, 0))
            if position < ends and not len(reading.tracker) and reading.partition not in paused:
                stands[reading.number] = self._stand(reading.number, position, ends, now_mono)
        self._stands = stands

    def _stand(self, partition: int, position: int, ends: int, now_mono: float) -> _Stand:
        before = self._stands.get(partition)
        if before is None or before.position != position:
            return _Stand(position, now_mono, None)
        seconds = now_mono - before.since_mono
        is_said = before.said_mono is not None and now_mono - before.said_mono < REMINDER_SECONDS
        if seconds < self._topic.stuck_seconds or is_said:
            return before
        self._limited.error(
            "kafka.partition_stuck",
            queue=self._topic.name,
            partition=partition,
            offset=position,
            end=ends,
            seconds=round(seconds, 3),
        )
        return before._replace(said_mono=now_mono)
