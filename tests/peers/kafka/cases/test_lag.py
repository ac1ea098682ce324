"""How far a group is behind on a topic with transactions: 0 once all is done, whatever was aborted."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from confluent_kafka import Producer

from doubles.limited_log import limited_log
from peers.kafka.admin import QUIET
from peers.kafka.cases.reader import Reader, numbered, send, topic_of, values
from peers.kafka.server import KafkaServer
from punctuald.clock import SystemClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Backlog
from punctuald.source.blocking import in_a_thread
from punctuald.source.kafka.gauge import KafkaGauge
from punctuald.source.kafka.librdkafka.client_log import ClientLog


class Transactions:
    """A producer of transactions."""

    def __init__(self, kafka: KafkaServer, topic: str) -> None:
        self._topic = topic
        self.producer = Producer({**QUIET, **kafka.client_settings(), "transactional.id": f"{topic}-writer"})
        self.producer.init_transactions()

    def begin(self, first: int, count: int) -> None:
        """Its records are at the broker, and nobody may see them yet."""
        self.producer.begin_transaction()
        for number in range(first, first + count):
            self.producer.produce(self._topic, b"%d" % number, partition=0)
        self.producer.flush()


async def backlog(gauge: KafkaGauge) -> tuple[int, int]:
    """What can be had, and what can not yet."""
    for _ in range(100):
        with suppress(SourceUnavailable):  # a broker that has just begun does not know its groups yet
            found: Backlog = await in_a_thread("gauge", gauge.read)
            return found.visible, found.delayed
        await asyncio.sleep(0.1)
    raise AssertionError("the gauge can't be read")


def gauge_of(kafka: KafkaServer, topic: str, **options: str) -> KafkaGauge:
    log = ClientLog(topic, limited_log(SystemClock()))
    return KafkaGauge(topic_of(kafka, topic, **options), lambda _: None, SystemClock(), log)


def test_a_drained_topic_has_no_lag_and_nothing_aborted_is_seen(kafka: KafkaServer) -> None:
    async def run() -> None:
        kafka.create_topic("transactions", 1)
        gauge = gauge_of(kafka, "transactions")
        writer = Transactions(kafka, "transactions")
        async with Reader(kafka, "transactions") as reader:
            writer.begin(0, 10)
            writer.producer.commit_transaction()
            writer.begin(100, 5)
            writer.producer.abort_transaction()
            assert await backlog(gauge) == (17, 0), "with two markers, as long as nobody has read over them"
            assert values(await reader.finish(10)) == list(range(10))
            assert await reader.until(lambda: gauge.read().total == 0, seconds=5.0)
            writer.begin(200, 3)
            assert await backlog(gauge) == (0, 3), "open: nobody can have them yet"
            assert await reader.none_comes()
            writer.producer.commit_transaction()
            assert values(await reader.finish(3)) == [200, 201, 202]
            assert await reader.until(lambda: gauge.read().total == 0, seconds=5.0)

    asyncio.run(run())


def test_what_is_in_hand_is_lag_until_it_is_done(kafka: KafkaServer) -> None:
    async def run() -> None:
        kafka.create_topic("in-hand", 2)
        gauge = gauge_of(kafka, "in-hand")
        send(kafka, "in-hand", *numbered(8))
        async with Reader(kafka, "in-hand") as reader:
            messages = await reader.receive(8)
            assert await backlog(gauge) == (8, 0)
            await reader.source.acknowledge(messages[:5])
            assert await reader.committed({0: 5})
            assert await backlog(gauge) == (3, 0)
            assert gauge.partitions == 2

    asyncio.run(run())


def test_what_retention_took_is_no_lag_and_neither_is_what_a_new_group_of_latest_skips(kafka: KafkaServer) -> None:
    async def run() -> None:
        kafka.create_topic("skipped-lag", 1, retention_ms=86_400_000)
        send(kafka, "skipped-lag", *numbered(100))
        kafka.alter_commits("skipped-lag", "skipped-lag", {0: 10})
        kafka.delete_records("skipped-lag", {0: 60})
        assert await backlog(gauge_of(kafka, "skipped-lag")) == (40, 0)
        assert await backlog(gauge_of(kafka, "skipped-lag", group="new")) == (40, 0)
        assert await backlog(gauge_of(kafka, "skipped-lag", group="new", start="latest")) == (0, 0)

    asyncio.run(run())
