"""What goes wrong around one daemon: brokers that stand still, topics and groups that do not fit, a stolen identity."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from confluent_kafka import Consumer

from peers.kafka.admin import QUIET
from peers.kafka.fixtures import server_or_skip
from peers.kafka.group.topic_setup import TopicSetup
from peers.kafka.handled import read_handled
from peers.kafka.load import fill
from peers.kafka.properties import CLASSIC_ONLY
from peers.kafka.server import KafkaServer
from peers.log.daemon import log_daemon
from peers.programs.watched_daemon import WatchedDaemon

ONE = {"min_workers": 1, "max_workers": 1, "drain_timeout_seconds": 3}
CLASSIC, STATIC = {"group_protocol": "classic"}, {"group_protocol": "classic", "static_members": True}


def library_threads(process: psutil.Process) -> int:
    names = (Path(f"/proc/{process.pid}/task/{each.id}/comm").read_text() for each in process.threads())
    return sum(name.startswith("rdk:") for name in names)


def handles(daemon: WatchedDaemon, kafka: KafkaServer, topic: str, count: int) -> None:
    """All of so many new records."""
    before = len(read_handled(daemon.handled_path))
    fill(kafka.client_settings(), topic, count)
    daemon.wait_until(lambda: len(read_handled(daemon.handled_path)) >= before + count, f"{count} records")


@contextmanager
def member(kafka: KafkaServer, topic: str, **settings: str) -> Iterator[Consumer]:
    """Somebody else's, of the group that is named like its topic; it has partitions, and is served all the time."""
    consumer = Consumer({**QUIET, **kafka.client_settings(), "group.id": topic, **settings})
    assigned, ended = threading.Event(), threading.Event()

    def serve() -> None:
        while not ended.is_set():
            consumer.consume(1, 0.05)

    consumer.subscribe([topic], on_assign=lambda *_: assigned.set())
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert assigned.wait(20.0)
        yield consumer
    finally:
        ended.set()
        thread.join()
        consumer.close()


def test_no_client_is_where_workers_are_forked_from_and_a_frozen_broker_does_not_hold_up_a_stop(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    kafka.create_topic("stops", 4)
    setup = TopicSetup(kafka.bootstrap(), "stops", pool={**ONE, "min_workers": 2, "max_workers": 2, "preload": True})
    with log_daemon(setup, tmp_path) as daemon:
        handles(daemon, kafka, "stops", 100)
        parents = (daemon.supervisor.pid, daemon.wait_for("preload.started")["pid"])
        assert [library_threads(psutil.Process(pid)) for pid in parents] == [0, 0]
        assert all(library_threads(psutil.Process(pid)) > 0 for pid in daemon.workers())
        kafka.freeze()
        try:
            lines = daemon.lines()
            time.sleep(2.0)
            assert daemon.lines() - lines < 10
            assert daemon.stop() < 20.0
        finally:
            kafka.thaw()


def test_a_topic_that_does_not_exist_is_said_in_one_line_and_read_once_it_is_made(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    kafka.create_topic("there", 1)
    setup = TopicSetup(kafka.bootstrap(), "there", others=["made-later"], pool=ONE)
    with log_daemon(setup, tmp_path) as daemon:
        said = daemon.wait_for("source.unavailable", queue="made-later")
        assert "there is no such topic" in said["text"]
        kafka.create_topic("made-later", 2)
        handles(daemon, kafka, "made-later", 20)
        assert len(daemon.events("source.unavailable")) == 1


def test_a_group_that_shares_partitions_in_another_way_is_said_in_one_line(kafka: KafkaServer, tmp_path: Path) -> None:
    kafka.create_topic("mixed", 2)
    setup = TopicSetup(kafka.bootstrap(), "mixed", topic=CLASSIC, pool=ONE)
    with (
        member(kafka, "mixed", **{"partition.assignment.strategy": "range"}),
        log_daemon(setup, tmp_path, until="daemon.stopped") as daemon,
    ):
        [said] = daemon.events("daemon.misconfigured")
        assert "partition.assignment.strategy" in said["error"]
        assert daemon.events("daemon.stopped", status=78)


def test_brokers_without_the_new_protocol_are_asked_for_the_classic_one(tmp_path: Path) -> None:
    with server_or_skip(tmp_path / "server", CLASSIC_ONLY) as server:
        server.create_topic("old", 2)
        with log_daemon(TopicSetup(server.bootstrap(), "old", pool=ONE), tmp_path / "daemon") as daemon:
            handles(daemon, server, "old", 20)
            assert daemon.stop() < 20.0


def test_a_member_whose_identity_another_one_took_comes_back_and_says_why(kafka: KafkaServer, tmp_path: Path) -> None:
    kafka.create_topic("stolen", 2)
    with log_daemon(TopicSetup(kafka.bootstrap(), "stolen", topic=STATIC, pool=ONE), tmp_path) as daemon:
        handles(daemon, kafka, "stolen", 10)
        admin = kafka.client()
        [described] = admin.describe_consumer_groups(["stolen"]).values()
        [ours] = described.result(20.0).members
        thief = {"group.instance.id": ours.group_instance_id, "partition.assignment.strategy": "cooperative-sticky"}
        with member(kafka, "stolen", **thief):
            said = daemon.wait_for("kafka.client_renewed")
        assert said["code"] in {"_FATAL", "FENCED_INSTANCE_ID"}
        handles(daemon, kafka, "stolen", 10)
        assert daemon.stop() < 20.0
