"""A plain consumer under a load that is watched: what the tools say of it is what it did."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import orjson
from confluent_kafka import Consumer

from peers.kafka.accounts import Accounts, judge
from peers.kafka.admin import QUIET
from peers.kafka.commit_watch import CommitWatch
from peers.kafka.handled import Handled
from peers.kafka.load import LoadProducer, Sent, fill
from peers.kafka.server import KafkaServer
from peers.log.load import Load
from peers.log.verdict import ChargeKind, Verdict

PARTITIONS = 2
GIVE_UP_SECONDS = 30.0


def consume(kafka: KafkaServer, topic: str, count: int) -> Sequence[Handled]:
    """By a group that is named like its topic, and that commits each batch."""
    wanted = {"group.id": topic, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer({**QUIET, **kafka.client_settings(), **wanted})
    handled: list[Handled] = []
    give_up_mono = time.monotonic() + GIVE_UP_SECONDS
    try:
        consumer.subscribe([topic])
        while len(handled) < count and time.monotonic() < give_up_mono:
            records = consumer.consume(100, 0.02)
            for record in records:
                body = orjson.loads(record.value() or b"")
                partition, offset = record.partition() or 0, record.offset() or 0
                handled.append(Handled(body["key"], body["number"], partition, offset, time.time(), os.getpid()))
            if records:
                consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    return handled


def test_a_consumer_that_does_all_right_is_found_to_do_so(kafka: KafkaServer) -> None:
    kafka.create_topic("watched", PARTITIONS)
    producer = LoadProducer(kafka.client_settings(), "watched", Load(per_second=200, keys=8, padding=50))
    with CommitWatch(kafka, "watched", "watched", PARTITIONS) as watch, ThreadPoolExecutor(1) as executor:
        sending = executor.submit(producer.run, 600)
        handled = consume(kafka, "watched", 600)
        sent = sending.result()
    verdict = judge(Accounts(sent, handled, watch.looks))
    assert (verdict.charges, verdict.sent, verdict.handled, verdict.duplicates) == ([], 600, 600, 0)
    assert 2.9 <= max(each.due_utc for each in sent) - min(each.due_utc for each in sent) <= 3.0
    assert watch.looks[-1].offsets == kafka.ends("watched")


def test_a_group_that_is_set_back_is_found_out(kafka: KafkaServer) -> None:
    kafka.create_topic("rewound", 1)
    sent = fill(kafka.client_settings(), "rewound", 100, keys=4)
    with CommitWatch(kafka, "rewound", "rewound", 1) as watch:
        handled = [*consume(kafka, "rewound", 100)]
        _wait_for(watch, 100)
        kafka.alter_commits("rewound", "rewound", {0: 60})
        _wait_for(watch, 60)
        handled += consume(kafka, "rewound", 40)
    seen = judge(Accounts(sent, handled, watch.looks))
    assert seen.kinds == {ChargeKind.REWOUND}
    assert seen.duplicates == 40
    assert blind(sent, handled).charges == []


def blind(sent: Sequence[Sent], handled: Sequence[Handled]) -> Verdict:
    """Without a look at commits nobody can say whether a repetition was needed."""
    return judge(Accounts(sent, handled))


def _wait_for(watch: CommitWatch, offset: int) -> None:
    give_up_mono = time.monotonic() + GIVE_UP_SECONDS
    while not (watch.looks and watch.looks[-1].offsets == {0: offset}):
        assert time.monotonic() < give_up_mono, watch.looks[-3:]
        time.sleep(0.02)
