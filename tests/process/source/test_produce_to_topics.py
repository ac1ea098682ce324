"""`punctuald produce --to topic:NAME` as a process that somebody breaks off."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaException, TopicPartition

from punctuald.demo.kafka.embedded_kafka import MockKafka, mock_kafka

TOPIC = "readings"
LOOK_SECONDS = 0.05
WAIT_SECONDS = 30.0
INTERRUPTED = 130


@contextmanager
def producing(kafka: MockKafka) -> Iterator[subprocess.Popen[str]]:
    """One that would go on for minutes, and has sent something."""
    command = [sys.executable, "-m", "punctuald", "produce", "--to", f"topic:{TOPIC}", "--brokers", kafka.bootstrap]
    with subprocess.Popen(
        [*command, "--events", "10000", "--interval", "0.02"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            wait_for_a_record(kafka, process)
            yield process
        finally:
            process.kill()


def wait_for_a_record(kafka: MockKafka, process: subprocess.Popen[str]) -> None:
    asker = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "asker"})
    give_up_mono = time.monotonic() + WAIT_SECONDS
    try:
        while _end(asker) <= 0:
            assert process.poll() is None
            assert time.monotonic() < give_up_mono, "nothing was sent"
            time.sleep(LOOK_SECONDS)
    finally:
        asker.close()


def _end(asker: Consumer) -> int:
    try:
        _, end = asker.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=WAIT_SECONDS)
    except KafkaException:
        return 0
    return end


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=WAIT_SECONDS)
    return process.returncode, (output + errors).strip()


def test_one_that_is_interrupted_ends_without_a_word() -> None:
    with mock_kafka({TOPIC: 1}) as kafka, producing(kafka) as process:
        assert interrupted(process) == (INTERRUPTED, "")


def test_it_need_not_wait_for_brokers_that_are_away() -> None:
    with mock_kafka({TOPIC: 1}) as kafka, producing(kafka) as process:
        kafka.broker_down()
        assert interrupted(process) == (INTERRUPTED, "")


def test_brokers_that_go_away_and_stay_away_are_one_line() -> None:
    with mock_kafka({TOPIC: 1}) as kafka, producing(kafka) as process:
        kafka.broker_down()
        output, errors = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == 1
        assert output.startswith("sent ")
        [line] = errors.splitlines()
        assert line.startswith(f"topic '{TOPIC}' at {kafka.bootstrap}: ")
