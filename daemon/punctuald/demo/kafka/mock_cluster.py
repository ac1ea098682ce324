"""The Kafka that librdkafka has inside for its own tests, made reachable: in this process, or as a process of its own.

``python -m punctuald.demo.kafka.mock_cluster --brokers 1 --topic NAME:PARTITIONS`` prints its bootstrap address as the
first line. Then it obeys what stands in its standard input, a line each, and answers each with a line, ``ok`` or what
is wrong; it ends when that input does, as when its parent is gone:

    down 1 | up 1                  broker 1 is away, and back
    rtt 1 200                      broker 1 answers 200 ms later
    errors fetch 6 6 6             the next three fetches are answered with error 6
    topic NAME 4                   there is one more topic
    lead NAME 0 2                  broker 2 leads partition 0

It listens on 127.0.0.1 only, keeps some 5 MiB a partition and drops the oldest, takes no administrative request but for
metadata, and does not hide what a transaction has aborted. An empty fetch is answered after fetch.wait.max.ms, not when
something comes: clients set 20 ms.
"""

from __future__ import annotations

import argparse
import ctypes
import sys
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from punctuald.errors import PunctualdError

PRODUCER = 0  # rd_kafka_type_t
ERROR_BYTES = 512
JOIN_DELAY_MS = 100
"""How long the first member of a group waits for others: 3 s in a real broker."""
SESSION_TIMEOUT_MS, HEARTBEAT_MS = 6_000, 1_000
"""Of groups of the new protocol, in which the broker says them; without ours a dead member is missed after 30 s."""
POINTER, TEXT, INT, SHORT, SIZE = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int16, ctypes.c_size_t
SIGNATURES: dict[str, tuple[Any, ...]] = {  # <librdkafka/rdkafka_mock.h>: the result, then the arguments
    "conf_new": (POINTER,),
    "conf_set": (INT, POINTER, TEXT, TEXT, TEXT, SIZE),
    "new": (POINTER, INT, POINTER, TEXT, SIZE),
    "destroy": (None, POINTER),
    "mock_cluster_new": (POINTER, POINTER, INT),
    "mock_cluster_destroy": (None, POINTER),
    "mock_cluster_bootstraps": (TEXT, POINTER),
    "mock_topic_create": (INT, POINTER, TEXT, INT, INT),
    "mock_partition_set_leader": (INT, POINTER, TEXT, INT, INT),
    "mock_push_request_errors_array": (None, POINTER, SHORT, SIZE, POINTER),
    "mock_clear_request_errors": (None, POINTER, SHORT),
    "mock_broker_set_down": (INT, POINTER, INT),
    "mock_broker_set_up": (INT, POINTER, INT),
    "mock_broker_set_rtt": (INT, POINTER, INT, INT),
    "mock_group_initial_rebalance_delay_ms": (None, POINTER, INT),
    "mock_set_group_consumer_session_timeout_ms": (None, POINTER, INT),
    "mock_set_group_consumer_heartbeat_interval_ms": (None, POINTER, INT),
}


class Api(IntEnum):
    """Requests that can be answered with an error, by Kafka's number."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    LEAVE_GROUP = 13
    SYNC_GROUP = 14
    INIT_PRODUCER_ID = 22
    CONSUMER_GROUP_HEARTBEAT = 68


class MockClusterError(PunctualdError):
    """librdkafka refused something; the number is its rd_kafka_resp_err_t."""


@cache
def _library() -> ctypes.CDLL:
    """The one in confluent-kafka's wheel. That header calls its functions experimental: one that is gone is named."""
    package = find_spec("confluent_kafka")
    if package is None or package.origin is None:
        raise MockClusterError("confluent-kafka is not installed")
    found = next(Path(package.origin).parents[1].glob("confluent_kafka.libs/librdkafka-*.so*"), None)
    if found is None:
        raise MockClusterError("confluent-kafka was built here: its wheel for Linux has librdkafka inside")
    library = ctypes.CDLL(str(found))
    for name, (result, *arguments) in SIGNATURES.items():
        function = getattr(library, f"rd_kafka_{name}")
        function.restype, function.argtypes = result, arguments
    return library


class MockCluster:
    """Some brokers, numbered from 1, which serve from the threads of librdkafka until `close`."""

    def __init__(self, brokers: int = 1) -> None:
        error, library = ctypes.create_string_buffer(ERROR_BYTES), _library()
        settings = library.rd_kafka_conf_new()
        library.rd_kafka_conf_set(settings, b"log_level", b"0", error, ERROR_BYTES)
        self._owner = library.rd_kafka_new(PRODUCER, settings, error, ERROR_BYTES)
        if not self._owner:
            raise MockClusterError(error.value.decode())
        self._cluster = library.rd_kafka_mock_cluster_new(self._owner, brokers)
        self._brokers = brokers
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, JOIN_DELAY_MS)
        library.rd_kafka_mock_set_group_consumer_session_timeout_ms(self._cluster, SESSION_TIMEOUT_MS)
        library.rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(self._cluster, HEARTBEAT_MS)

    @property
    def bootstrap(self) -> str:
        """For clients of any process."""
        address: bytes = _library().rd_kafka_mock_cluster_bootstraps(self._cluster)
        return address.decode()

    def create_topic(self, name: str, partitions: int) -> None:
        """Each partition is on every broker."""
        _check(_library().rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, self._brokers))

    def set_leader(self, topic: str, partition: int, broker: int) -> None:
        """-1: nobody leads it."""
        _check(_library().rd_kafka_mock_partition_set_leader(self._cluster, topic.encode(), partition, broker))

    def push_request_errors(self, api: Api, errors: Sequence[int]) -> None:
        """The next requests of this kind are answered with these, one each; 0 lets one pass."""
        numbers = (ctypes.c_int * len(errors))(*errors)
        _library().rd_kafka_mock_push_request_errors_array(self._cluster, api, len(errors), numbers)

    def clear_request_errors(self, api: Api) -> None:
        """Forget those that are left."""
        _library().rd_kafka_mock_clear_request_errors(self._cluster, api)

    def broker_down(self, broker: int) -> None:
        """Its connections end, and nobody gets a new one."""
        _check(_library().rd_kafka_mock_broker_set_down(self._cluster, broker))

    def broker_up(self, broker: int) -> None:
        """It is back."""
        _check(_library().rd_kafka_mock_broker_set_up(self._cluster, broker))

    def set_rtt(self, broker: int, rtt_ms: int) -> None:
        """All of its answers come so much later."""
        _check(_library().rd_kafka_mock_broker_set_rtt(self._cluster, broker, rtt_ms))

    def close(self) -> None:
        """Ends its threads."""
        if self._owner:
            _library().rd_kafka_mock_cluster_destroy(self._cluster)
            _library().rd_kafka_destroy(self._owner)
            self._owner = self._cluster = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _check(error: int) -> None:
    if error:
        raise MockClusterError(f"error {error}")


def obey(cluster: MockCluster, line: str) -> str:
    """Do what one line says; returns the answer."""
    try:
        _do(cluster, line.split())
    except (MockClusterError, ValueError, KeyError) as error:
        return f"{line.strip()}: {error}"
    return "ok"


def _do(cluster: MockCluster, words: Sequence[str]) -> None:
    match words:
        case ["down", broker]:
            cluster.broker_down(int(broker))
        case ["up", broker]:
            cluster.broker_up(int(broker))
        case ["rtt", broker, rtt_ms]:
            cluster.set_rtt(int(broker), int(rtt_ms))
        case ["errors", api]:
            cluster.clear_request_errors(Api[api.upper()])
        case ["errors", api, *errors]:
            cluster.push_request_errors(Api[api.upper()], [int(error) for error in errors])
        case ["topic", name, partitions]:
            cluster.create_topic(name, int(partitions))
        case ["lead", topic, partition, broker]:
            cluster.set_leader(topic, int(partition), int(broker))
        case _:
            raise ValueError("no such command")


def main(arguments: Sequence[str]) -> None:
    """See the top."""
    parser = argparse.ArgumentParser(description="A Kafka in memory, for tests and demos.")
    parser.add_argument("--brokers", type=int, default=1)
    parser.add_argument("--topic", action="append", default=[], metavar="NAME:PARTITIONS")
    given = parser.parse_args(arguments)
    with MockCluster(given.brokers) as cluster:
        for topic in given.topic:
            name, _, partitions = topic.rpartition(":")
            cluster.create_topic(name, int(partitions))
        _answer(cluster.bootstrap)
        for line in sys.stdin:
            _answer(obey(cluster, line))


def _answer(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MockClusterError as failed:
        sys.exit(str(failed))
