"""What `punctuald check --connect` and `punctuald produce` say of topics of a real Apache Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from peers.kafka.fixtures import server_or_skip
from peers.kafka.properties import CLASSIC_ONLY, USER, Listener
from peers.kafka.server import KafkaServer
from punctuald.app.sources.topic_check import TopicCheck, check_topics
from punctuald.cli import status_of
from punctuald.config import PoolSettings, Settings, TopicSettings

AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}
CALL_SECONDS = 20.0


def checked(brokers: str, name: str, **more: object) -> TopicCheck:
    topic = TopicSettings.model_validate({"name": name, "brokers": brokers, "handler": "shop:handle", **more})
    [check] = check_topics(Settings(topics=(topic,), pool=PoolSettings(max_workers=2)), Path("config.toml"), {})
    return check


def client_of(kafka: KafkaServer, listener: Listener, **more: str) -> dict[str, str]:
    settings = {**kafka.client_settings(listener), **more}
    del settings["bootstrap.servers"]
    return settings


def test_a_good_topic_says_its_partitions_and_its_protocol(kafka: KafkaServer) -> None:
    kafka.create_topic("good", 3)
    kafka.create_topic("good.dead", 1)
    check = checked(kafka.bootstrap(), "good", dead_letter_topic="good.dead")
    assert (check.problems, check.advice) == ((), ())
    assert check.facts is not None
    assert (check.facts.partitions, check.facts.protocol) == (3, "consumer")
    assert check.facts.largest_bytes is not None


def test_settings_of_the_topics_that_cost_records_are_warnings(kafka: KafkaServer) -> None:
    kafka.create_topic("short", 2, retention_ms=3_600_000)
    kafka.create_topic("short.dead", 1, max_message_bytes=1_000)
    check = checked(kafka.bootstrap(), "short", dead_letter_topic="short.dead")
    assert check.problems == ()
    retention, size = check.advice
    assert retention.startswith("retention.ms keeps records for 1 h only")
    assert size.startswith("max.message.bytes is 1000 in its dead-letter topic 'short.dead'")


def test_what_can_not_work_is_a_problem_and_nothing_is_made(kafka: KafkaServer) -> None:
    kafka.create_topic("plain", 2)
    missing, deadless, session = (
        checked(kafka.bootstrap(), "not.there"),
        checked(kafka.bootstrap(), "plain", dead_letter_topic="plain.dead"),
        checked(kafka.bootstrap(), "plain", group_protocol="classic", session_timeout_seconds=1.0),
    )
    [problem] = missing.problems
    assert problem.startswith(f"topic 'not.there' at {kafka.bootstrap()}: there is no such topic")
    assert deadless.problems[0].startswith("its dead-letter topic 'plain.dead' does not exist")
    assert session.problems == ()  # the shortest that these brokers take
    assert not {"not.there", "plain.dead"} & kafka.client().list_topics(timeout=CALL_SECONDS).topics.keys()


def test_a_refused_login_is_one_line_for_both_commands(kafka: KafkaServer, capsys: pytest.CaptureFixture[str]) -> None:
    client = client_of(kafka, Listener.SASL, **{"sasl.password": "wrong"})
    [problem] = checked(kafka.bootstrap(Listener.SASL), "good", client=client).problems
    options = [word for each in client.items() for word in ("--client", "=".join(each))]
    assert status_of(["produce", "--to", "topic:good", "--brokers", kafka.bootstrap(Listener.SASL), *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    for said in (problem, line):
        assert said.startswith("topic 'good' at ")
        assert "the login is refused" in said


def test_an_unknown_authority_is_one_line(kafka: KafkaServer) -> None:
    client = client_of(kafka, Listener.TLS)
    del client["ssl.ca.location"]
    [problem] = checked(kafka.bootstrap(Listener.TLS), "good", client=client).problems
    assert "no TLS with these brokers" in problem


def test_produce_is_confirmed_by_a_login_over_tls(kafka: KafkaServer, capsys: pytest.CaptureFixture[str]) -> None:
    kafka.create_topic("produced", 4)
    client = client_of(kafka, Listener.SASL_TLS)
    options = [word for each in client.items() for word in ("--client", "=".join(each))]
    to = ["--to", "topic:produced", "--brokers", kafka.bootstrap(Listener.SASL_TLS)]
    assert status_of(["produce", *to, *options, "--events", "50", "--interval", "0"]) == 0
    assert capsys.readouterr().out.startswith("sent 50 of 50 events")
    assert sum(kafka.ends("produced").values()) == 50


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """One that allows nothing that is not granted, and has no protocol but the classic one."""
    with server_or_skip(tmp_path_factory.mktemp("strict"), {**AUTHORIZER, **CLASSIC_ONLY}) as server:
        yield server


def grant(admin: AdminClient, kind: ResourceType, name: str, operation: AclOperation) -> None:
    binding = AclBinding(
        kind, name, ResourcePatternType.LITERAL, f"User:{USER}", "*", operation, AclPermissionType.ALLOW
    )
    for answer in admin.create_acls([binding]).values():
        answer.result(CALL_SECONDS)


def test_what_is_not_allowed_is_named_until_it_is(strict: KafkaServer) -> None:
    strict.create_topic("events", 2)
    strict.create_topic("dead", 1)
    admin, client = strict.client(), client_of(strict, Listener.SASL)

    def problems() -> tuple[str, ...]:
        return checked(strict.bootstrap(Listener.SASL), "events", client=client, dead_letter_topic="dead").problems

    assert "access is denied" in problems()[0]
    grant(admin, ResourceType.TOPIC, "events", AclOperation.DESCRIBE)
    denied = [problem.removeprefix("access is denied: allow ").partition(":")[0] for problem in problems()]
    assert denied == ["READ on topic 'events'", "WRITE on topic 'dead'", "READ on group 'punctuald'"]
    grant(admin, ResourceType.TOPIC, "events", AclOperation.READ)
    grant(admin, ResourceType.TOPIC, "dead", AclOperation.WRITE)
    grant(admin, ResourceType.GROUP, "punctuald", AclOperation.READ)
    assert problems() == ()


def test_brokers_without_the_newer_protocol_are_known_as_such(strict: KafkaServer) -> None:
    strict.create_topic("plain", 2)
    auto = checked(strict.bootstrap(), "plain")
    assert auto.problems == ()
    assert auto.facts is not None
    assert auto.facts.protocol == "classic"
    [problem] = checked(strict.bootstrap(), "plain", group_protocol="consumer").problems
    assert problem.startswith("group_protocol is 'consumer', which its brokers do not have")
