"""Row six: the same events through Kafka, on the brokers that the demo has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.strategies.consumers import HANDLER, TESTS, Place
from benchmarks.strategies.row import Row
from benchmarks.strategies.traffic import Event, produce
from benchmarks.strategies.trickle import MINUTE, WARM_UP, wait
from benchmarks.strategies.work import LEDGER_VARIABLE
from punctuald.demo.daemon_process import running_daemon
from punctuald.demo.kafka.demo_topic import DemoTopic, embedded_topic

NAME = "6. punctuald, from Kafka"


def measure(directory: Path, events: Sequence[Event] = MINUTE) -> Row:
    """About as long as the sending takes. Requests are not told: brokers are asked for hundreds of records at a time,
    and answer when some come."""
    place = Place("", NAME, directory / "topic")
    place.directory.mkdir()
    with embedded_topic() as topic:
        config = place.directory / "config.toml"
        config.write_text(_configuration(topic))
        environ = {**os.environ, LEDGER_VARIABLE: str(place.ledger)}
        with running_daemon(config, place.directory / "daemon.log", environ):
            producer = Producer({"bootstrap.servers": topic.brokers, "linger.ms": 0, "log_level": 0})
            _send(producer, topic.name, WARM_UP)
            wait(lambda: WARM_UP.number in place.handled(), "the first event")
            produce(events, lambda event: _send(producer, topic.name, event))
            numbers = {event.number for event in events}
            wait(lambda: numbers <= place.handled().keys(), f"{len(numbers)} events handled")
    seconds = [each.seconds for number, each in sorted(place.handled().items()) if number >= 0]
    return Row(NAME, seconds, None, own=True)


def _send(producer: Producer, topic: str, event: Event) -> None:
    producer.produce(topic, event.body(), key=str(event.number))
    producer.flush(10)


def _configuration(topic: DemoTopic) -> str:
    """The defaults, but for an empty fetch, which the mock brokers end late."""
    return f"""\
[[topic]]
name = "{topic.name}"
brokers = "{topic.brokers}"
handler = "{HANDLER}"
handler_path = "{TESTS}"
client."fetch.wait.max.ms" = {topic.settings['client."fetch.wait.max.ms"']}
"""
