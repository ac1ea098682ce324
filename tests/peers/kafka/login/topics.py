"""`[[topic]]` tables for a daemon under test, with the ways in that a broker has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from peers.kafka.properties import PASSWORD, PLAIN, PROTOCOLS, SCRAM, USER, WITH_SASL, WITH_TLS, Listener
from peers.kafka.server import KafkaServer


class Way(NamedTuple):
    """How a client may come in; ``given`` is where the configuration has the password from."""

    listener: Listener
    mechanism: str = PLAIN
    given: str = '{ file = "password.txt" }'


WAYS: Mapping[str, Way] = {
    "plain": Way(Listener.SASL),
    "scram": Way(Listener.SASL, SCRAM, '{ env = "TOPIC_PASSWORD" }'),
    "tls": Way(Listener.TLS),
    "plain-tls": Way(Listener.SASL_TLS, PLAIN, '{ env = "TOPIC_PASSWORD" }'),
    "scram-tls": Way(Listener.SASL_TLS, SCRAM),
}
SECRETS: Mapping[str, str] = {"TOPIC_PASSWORD": PASSWORD}
GENERAL = """
[pool]
max_workers = 1
slots = 2
[scaling]
interval_seconds = 0.2
[logging]
level = "debug"
format = "json"
sample = 1
[[sla.tier]]
name = "unhurried"
threshold_seconds = 3600
"""


def topic_text(kafka: KafkaServer, name: str, way: Way, *, ca: str = "", **settings: Any) -> str:
    """One table; ``ca`` is another authority's file than the right one."""
    own = {"name": name, "brokers": kafka.bootstrap(way.listener), "handler": "work:handle", **settings}
    client = [f'"security.protocol" = "{PROTOCOLS[way.listener]}"']
    if way.listener in WITH_SASL:
        client += [f'"sasl.mechanism" = "{way.mechanism}"', f'"sasl.username" = "{USER}"']
        client.append(f'"sasl.password" = {way.given}')
    if way.listener in WITH_TLS:
        client.append(f'"ssl.ca.location" = "{ca or kafka.ca_path}"')
    lines = [f"{key} = {orjson.dumps(value).decode()}" for key, value in own.items()]
    return "\n".join(["[[topic]]", *lines, "[topic.client]", *client, ""])
