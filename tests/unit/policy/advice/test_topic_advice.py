from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.advice.finding import Level, lines
from punctuald.policy.advice.topic_advice import DeadLetterTopicFacts, TopicFacts, topic_findings

DEAD = DeadLetterTopicFacts("dead", largest_bytes=1_000_000)
GOOD = TopicFacts(
    partitions=8,
    max_workers=8,
    group="g",
    brokers_protocols=frozenset({"classic", "consumer"}),
    own_strategy="cooperative-sticky",
    shortest_session_seconds=6,
    longest_session_seconds=1800,
    retention_seconds=7 * 86_400,
    largest_bytes=1_000_000,
    rejected_to=DEAD,
    name="events",
    brokers="a:9092",
)


def topic_faults(facts: TopicFacts) -> list[str]:
    return list(lines(topic_findings(facts), Level.ERROR))


def topic_advice(facts: TopicFacts) -> list[str]:
    return list(lines(topic_findings(facts), Level.WARNING))


def test_a_topic_that_is_as_it_should_be_has_neither_faults_nor_advice() -> None:
    assert (topic_faults(GOOD), topic_advice(GOOD)) == ([], [])


def test_of_what_is_not_known_nothing_is_said() -> None:
    unknown = TopicFacts(partitions=8, max_workers=8, group="g")
    assert (topic_faults(unknown), topic_advice(unknown), unknown.protocol) == ([], [], "")


@pytest.mark.parametrize(
    ("wanted", "static", "has", "protocol"),
    [
        ("auto", False, {"classic", "consumer"}, "consumer"),
        ("auto", False, {"classic"}, "classic"),
        ("auto", True, {"classic", "consumer"}, "classic"),
        ("classic", False, {"classic", "consumer"}, "classic"),
        ("consumer", False, {"classic", "consumer"}, "consumer"),
    ],
)
def test_the_protocol_is_what_is_wanted_and_can_be_had(wanted: str, static: bool, has: set[str], protocol: str) -> None:
    facts = replace(GOOD, wanted_protocol=wanted, static_members=static, brokers_protocols=frozenset(has))
    assert facts.protocol == protocol
    assert topic_faults(facts) == []


def test_a_protocol_that_the_brokers_lack_is_a_fault() -> None:
    facts = replace(GOOD, wanted_protocol="consumer", brokers_protocols=frozenset({"classic"}))
    [fault] = topic_faults(facts)
    assert fault.startswith("group_protocol is 'consumer', which its brokers do not have")


@pytest.mark.parametrize("session_seconds", [5, 1801])
def test_a_session_that_the_brokers_refuse_is_a_fault_of_the_classic_protocol_only(session_seconds: float) -> None:
    facts = replace(GOOD, session_seconds=session_seconds)
    assert topic_faults(facts) == []
    assert topic_faults(replace(facts, wanted_protocol="classic")) == [
        f"session_timeout_seconds is {session_seconds}: its brokers take 6 to 1800"
    ]


def test_members_that_share_partitions_in_another_way_are_a_fault() -> None:
    facts = replace(GOOD, wanted_protocol="classic", group_strategy="range")
    [fault] = topic_faults(facts)
    assert fault.startswith("members of group 'g' share partitions by range, ours would by cooperative-sticky")
    assert topic_faults(replace(facts, group_strategy="cooperative-sticky")) == []


def test_a_dead_letter_topic_that_is_not_there_or_is_the_topic_itself_is_a_fault() -> None:
    [fault] = topic_faults(replace(GOOD, rejected_to=DeadLetterTopicFacts("dead", exists=False)))
    assert "'dead' does not exist" in fault
    [fault] = topic_faults(replace(GOOD, names_itself=True))
    assert "the topic itself" in fault


def test_fewer_partitions_than_workers_are_worth_knowing() -> None:
    [advice] = topic_advice(replace(GOOD, partitions=3))
    assert advice.startswith("3 partitions for up to 8 workers")


@pytest.mark.parametrize(("seconds", "said"), [(3600, "1 h"), (60, "60 s")])
def test_a_short_retention_is_worth_knowing(seconds: float, said: str) -> None:
    [advice] = topic_advice(replace(GOOD, retention_seconds=seconds))
    assert advice.startswith(f"retention.ms keeps records for {said} only")
    assert topic_advice(replace(GOOD, retention_seconds=-0.001)) == []


def test_a_dead_letter_topic_for_smaller_records_is_worth_knowing() -> None:
    [advice] = topic_advice(replace(GOOD, rejected_to=replace(DEAD, largest_bytes=1_000)))
    assert advice.startswith("max.message.bytes is 1000 in its dead-letter topic 'dead', and 1000000 here")


@pytest.mark.parametrize(
    ("facts", "mend"),
    [
        ({"partitions": 3}, "kafka-topics.sh --bootstrap-server a:9092 --alter --topic events --partitions 8"),
        (
            {"retention_seconds": 60.0},
            (
                "kafka-configs.sh --bootstrap-server a:9092 --alter --entity-type topics --entity-name events"
                " --add-config retention.ms=604800000"
            ),
        ),
        (
            {"rejected_to": DeadLetterTopicFacts("dead", exists=False)},
            "kafka-topics.sh --bootstrap-server a:9092 --create --topic dead",
        ),
        (
            {"wanted_protocol": "classic", "session_seconds": 5.0},
            '[[topic]] name = "events": session_timeout_seconds = 6',
        ),
    ],
)
def test_what_mends_it_is_said(facts: dict[str, object], mend: str) -> None:
    [finding] = topic_findings(replace(GOOD, **facts))  # type: ignore[arg-type]  # each test's own
    assert finding.mend == mend
