"""Asks the configured topics' brokers whether they are there, what we may do, and what fits and what does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from punctuald.config import Settings, TopicSettings
from punctuald.errors import ConfigurationError, SourceError
from punctuald.policy.advice.access_advice import denied as access_denied
from punctuald.policy.advice.access_advice import unreachable
from punctuald.policy.advice.finding import Finding, Level, lines
from punctuald.policy.advice.topic_advice import DeadLetterTopicFacts, TopicFacts, topic_findings
from punctuald.source.kafka.properties import COOPERATIVE, STRATEGY
from punctuald.source.kafka.topic import KafkaTopic

from .extras import KAFKA, need_extra
from .topics import kafka_topic

if TYPE_CHECKING:
    from punctuald.source.kafka.asking.questions import Questions

AT_THE_SAME_TIME = 8
PROTOCOLS = "group.coordinator.rebalance.protocols"
SESSION_MIN, SESSION_MAX = "group.min.session.timeout.ms", "group.max.session.timeout.ms"


@dataclass(frozen=True, slots=True)
class TopicCheck:
    """One topic's answers."""

    name: str
    findings: tuple[Finding, ...] = ()
    facts: TopicFacts | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What must be mended; none = it can be drained, as far as can be known."""
        return lines(self.findings, Level.ERROR)

    @property
    def advice(self) -> tuple[str, ...]:
        """What is allowed and most likely not what is wanted."""
        return lines(self.findings, Level.WARNING)


def check_topics(settings: Settings, config_path: Path, environ: Mapping[str, str]) -> list[TopicCheck]:
    """All topics, in their order; at the same time. Raises `ConfigurationError` where there is no library for it."""
    need_extra(KAFKA, settings.topics, config_path)
    check = partial(check_topic, max_workers=settings.pool.max_workers, config_path=config_path, environ=environ)
    with ThreadPoolExecutor(AT_THE_SAME_TIME) as threads:
        return list(threads.map(check, settings.topics))


def check_topic(settings: TopicSettings, max_workers: int, config_path: Path, environ: Mapping[str, str]) -> TopicCheck:
    """One of them."""
    from punctuald.source.kafka.asking.questions import Questions  # noqa: PLC0415 - stands on an extra

    try:
        topic = kafka_topic(settings, config_path, environ)
        questions = Questions(topic)
        partitions = questions.partitions()
    except (SourceError, ConfigurationError) as error:
        return TopicCheck(settings.name, (unreachable(str(error)),))
    group = questions.group()
    facts = _facts(settings, topic, questions, partitions, max_workers, group.strategy)
    findings = list(_denied_topics(topic, questions, facts))
    findings += [_denied(topic, "READ", "group", topic.group)] if group.is_denied else []
    return TopicCheck(settings.name, (*findings, *topic_findings(facts)), facts)


def _denied_topics(topic: KafkaTopic, questions: Questions, facts: TopicFacts) -> Iterator[Finding]:
    if questions.is_denied("READ", topic.topic):
        yield _denied(topic, "READ", "topic", topic.topic)
    target = facts.rejected_to
    if target is not None and target.exists and questions.is_denied("WRITE", target.name):
        yield _denied(topic, "WRITE", "topic", target.name)


def _denied(topic: KafkaTopic, operation: str, kind: str, name: str) -> Finding:
    found = access_denied([operation], f"{kind} {name!r}")
    command = f"kafka-acls.sh --bootstrap-server {topic.brokers} --add --allow-principal User:NAME"
    return replace(found, mend=f"{command} --operation {operation} --{kind} {name}")


def _facts(
    settings: TopicSettings,
    topic: KafkaTopic,
    questions: Questions,
    partitions: int,
    max_workers: int,
    group_strategy: str,
) -> TopicFacts:
    own, brokers = questions.topic_settings(topic.topic), questions.broker_settings()
    protocols = brokers.get(PROTOCOLS)
    return TopicFacts(
        partitions=partitions,
        max_workers=max_workers,
        group=topic.group,
        wanted_protocol=topic.group_protocol,
        static_members=settings.static_members,
        brokers_protocols=None if protocols is None else frozenset(protocols.replace(" ", "").split(",")),
        session_seconds=topic.session_timeout_seconds,
        shortest_session_seconds=_seconds(brokers.get(SESSION_MIN)),
        longest_session_seconds=_seconds(brokers.get(SESSION_MAX)),
        group_strategy=group_strategy,
        own_strategy=str(topic.properties.get(STRATEGY, COOPERATIVE)),
        retention_seconds=_seconds(own.get("retention.ms")) if "delete" in own.get("cleanup.policy", "") else None,
        largest_bytes=_whole(own.get("max.message.bytes")),
        rejected_to=_dead_letter_topic(topic, questions),
        names_itself=topic.dead_letter_topic == topic.topic,
        name=topic.topic,
        brokers=topic.brokers,
    )


def _dead_letter_topic(topic: KafkaTopic, questions: Questions) -> DeadLetterTopicFacts | None:
    name = topic.dead_letter_topic
    if not name:
        return None
    if questions.is_there(name) is False:
        return DeadLetterTopicFacts(name, exists=False)
    return DeadLetterTopicFacts(name, largest_bytes=_whole(questions.topic_settings(name).get("max.message.bytes")))


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)


def _seconds(text: str | None) -> float | None:
    return None if text is None else int(text) / 1000
