"""A real Apache Kafka: one node, on 127.0.0.1, with a log folder that outlives its process.

``with KafkaServer(directory) as kafka: kafka.create_topic("events", 4)``. Raises `NotToBeHad` where there is no Java,
or nothing to fetch it with. The first one on a machine takes a minute; later ones start in two to four seconds.
"""

from __future__ import annotations

import shutil
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from peers.kafka.admin import QUIET, KafkaAdmin
from peers.kafka.certificates import write_certificates
from peers.kafka.java import Prepared, prepared
from peers.kafka.properties import (
    HOST,
    PASSWORD,
    PLAIN,
    PROTOCOLS,
    USER,
    WITH_SASL,
    WITH_TLS,
    Listener,
    server_properties,
)
from peers.programs.ports import free_ports
from peers.programs.process import Program

MAIN = "kafka.Kafka"
PROBE_TOPIC = "ready-probe"
START_SECONDS = 90.0
PROBE_SECONDS = 5.0
LOOK_SECONDS = 0.02


class ServerStartError(RuntimeError):
    """It did not get as far as to acknowledge a record."""


class KafkaServer(KafkaAdmin, Program):
    """Not running before `start`. Ports and data stay the same from one start to the next.

    ``extra`` are broker properties that go before ours, `CLASSIC_ONLY` for one.
    """

    def __init__(self, directory: Path, extra: Mapping[str, str] | None = None) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        controller_port, *ports = free_ports(1 + len(Listener))
        self._ports = dict(zip(Listener, ports, strict=True))
        self._properties = directory / "server.properties"
        self._properties.write_text(server_properties(directory, self._ports, controller_port, extra or {}))
        write_certificates(directory)
        KafkaAdmin.__init__(self, self.client_settings())
        Program.__init__(self, directory / "server.log")

    def bootstrap(self, listener: Listener = Listener.PLAINTEXT) -> str:
        """The address that clients are given, whether it runs or not."""
        return f"{HOST}:{self._ports[listener]}"

    def client_settings(self, listener: Listener = Listener.PLAINTEXT, mechanism: str = PLAIN) -> dict[str, Any]:
        """All that a client of librdkafka needs in order to connect; ``mechanism`` is that of SASL."""
        settings = {"bootstrap.servers": self.bootstrap(listener), "security.protocol": PROTOCOLS[listener]}
        if listener in WITH_SASL:
            settings |= {"sasl.mechanism": mechanism, "sasl.username": USER, "sasl.password": PASSWORD}
        if listener in WITH_TLS:
            settings |= {"ssl.ca.location": str(self.ca_path)}
        return settings

    @property
    def ca_path(self) -> Path:
        """The authority that signed the listeners' certificate."""
        return self._directory / "ca.pem"

    def log_file(self, topic: str, partition: int = 0) -> Path:
        """The first one of a partition, where it keeps its records."""
        return self._directory / "log" / f"{topic}-{partition}" / f"{0:020}.log"

    def start(self) -> None:
        """Returns when a record has been acknowledged. Raises `NotToBeHad` or `ServerStartError`."""
        java = _warmed_up(self._directory)
        if not (self._directory / "log").exists():
            shutil.copytree(java.log, self._directory / "log")
        self._run(java)

    def freeze(self) -> None:
        """By SIGSTOP: connections stay, and nobody answers."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._process.signal(signal.SIGCONT)

    def warm_up(self, java: Prepared) -> None:
        """The first run on a machine, which makes what the later ones begin with."""
        made = Prepared(java.jars, self._directory / "made")
        made.directory.mkdir()
        java.format(self._properties)
        shutil.copytree(self._directory / "log", made.log)
        self._run(java, f"-XX:ArchiveClassesAtExit={made.classes}")
        self.stop()
        java.keep(made.directory)

    def _run(self, java: Prepared, *options: str) -> None:
        self._process.start(java.command(MAIN, [str(self._properties)], options))
        give_up_mono = time.monotonic() + START_SECONDS
        while not (self._is_open() and self._takes_a_record()):
            if not self._process.is_alive or time.monotonic() > give_up_mono:
                self.kill()
                raise ServerStartError(f"Kafka did not start; it wrote:\n{self._process.last_words()}")
            time.sleep(LOOK_SECONDS)

    def _is_open(self) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self._ports[Listener.PLAINTEXT]), 1.0):
            return True
        return False

    def _takes_a_record(self) -> bool:
        try:
            self.create_topic(PROBE_TOPIC, 1)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                return False
        failed: list[KafkaError | None] = []
        producer = Producer({**QUIET, **self.client_settings(), "message.timeout.ms": int(PROBE_SECONDS * 1000)})
        producer.produce(PROBE_TOPIC, b"", on_delivery=lambda error, _record: failed.append(error))
        producer.flush(PROBE_SECONDS)
        return failed == [None]


def _warmed_up(directory: Path) -> Prepared:
    java = prepared()
    if not java.log.exists():
        first = directory / "first"
        try:
            KafkaServer(first).warm_up(java)
        finally:
            shutil.rmtree(first, ignore_errors=True)
    return java
