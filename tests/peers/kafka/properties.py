"""What an Apache Kafka of one node is told: 127.0.0.1 only, small, and quick to notice who is gone."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

HOST = "127.0.0.1"
USER, PASSWORD = "alice", "alice-secret"
PLAIN, SCRAM = "PLAIN", "SCRAM-SHA-512"
CONTROLLER = "CONTROLLER"
CLASSIC_ONLY: Mapping[str, str] = {"group.coordinator.rebalance.protocols": "classic"}
"""A broker without KIP-848, as those before 4.0 are."""


class Listener(StrEnum):
    """How a client may connect. The value is the listener's name in the broker's properties."""

    PLAINTEXT = "PLAINTEXT"
    SASL = "SASL"
    TLS = "TLS"
    SASL_TLS = "SASLTLS"


PROTOCOLS: Mapping[Listener, str] = {
    Listener.PLAINTEXT: "PLAINTEXT",
    Listener.SASL: "SASL_PLAINTEXT",
    Listener.TLS: "SSL",
    Listener.SASL_TLS: "SASL_SSL",
}
WITH_SASL = (Listener.SASL, Listener.SASL_TLS)
WITH_TLS = (Listener.TLS, Listener.SASL_TLS)
LOGIN = "org.apache.kafka.common.security"

FIXED: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": CONTROLLER,
    "inter.broker.listener.name": Listener.PLAINTEXT,
    "num.partitions": "4",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "log.cleaner.backoff.ms": "200",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "6000",
    "group.consumer.min.heartbeat.interval.ms": "500",
    "group.consumer.heartbeat.interval.ms": "1000",
    "broker.session.timeout.ms": "2000",  # with the usual 9 s one that was killed is back after half a minute
    "broker.heartbeat.interval.ms": "300",
    "sasl.enabled.mechanisms": f"{PLAIN},{SCRAM}",
    "ssl.keystore.type": "PEM",
    "ssl.truststore.type": "PEM",
    "ssl.client.auth": "none",
}


def server_properties(
    directory: Path, ports: Mapping[Listener, int], controller_port: int, extra: Mapping[str, str]
) -> str:
    """The file's text. ``directory`` holds the log and the certificates; ``extra`` goes before everything else."""
    own = {listener.value: f"{listener}://{HOST}:{port}" for listener, port in ports.items()}
    protocols = {**{name: PROTOCOLS[Listener(name)] for name in own}, CONTROLLER: "PLAINTEXT"}
    placed = {
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listeners": ",".join([*own.values(), f"{CONTROLLER}://{HOST}:{controller_port}"]),
        "advertised.listeners": ",".join(own.values()),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
        "log.dirs": str(directory / "log"),
        "ssl.keystore.location": str(directory / "server.pem"),
        "ssl.truststore.location": str(directory / "ca.pem"),
    }
    settings = {**FIXED, **placed, **_logins(), **extra}
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _logins() -> Mapping[str, str]:
    plain = f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = f"{LOGIN}.scram.ScramLoginModule required;"
    logins = {}
    for listener in WITH_SASL:
        prefix = f"listener.name.{listener.lower()}"
        logins[f"{prefix}.sasl.enabled.mechanisms"] = f"{PLAIN},{SCRAM}"
        logins[f"{prefix}.plain.sasl.jaas.config"] = plain
        logins[f"{prefix}.scram-sha-512.sasl.jaas.config"] = scram
    return logins
