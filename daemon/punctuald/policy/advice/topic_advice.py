"""What a topic's own settings and its brokers' mean for its records, where that should be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .amounts import span
from .finding import Finding, error, warning
from .mending import in_table

CLASSIC, CONSUMER = "classic", "consumer"
SHORT_RETENTION_SECONDS = 86_400
WEEK_MILLISECONDS = 604_800_000
"""A night in which nothing was handled should not cost records."""


@dataclass(frozen=True, slots=True)
class DeadLetterTopicFacts:
    """What is known of a dead-letter topic. ``exists`` False: the brokers say that there is none of that ``name``."""

    name: str
    exists: bool = True
    largest_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What is known of a topic, of its group, and of what the daemon wants of both; None and "" = not known.

    ``retention_seconds`` negative: it keeps records for ever. ``group_strategy`` is that by which members that are
    there now share the partitions among themselves, and ``own_strategy`` that of ours.
    """

    partitions: int
    max_workers: int
    group: str
    wanted_protocol: str = "auto"
    static_members: bool = False
    brokers_protocols: frozenset[str] | None = None
    session_seconds: float = 10.0
    shortest_session_seconds: float | None = None
    longest_session_seconds: float | None = None
    group_strategy: str = ""
    own_strategy: str = ""
    retention_seconds: float | None = None
    largest_bytes: int | None = None
    rejected_to: DeadLetterTopicFacts | None = None
    names_itself: bool = False
    name: str = "TOPIC"
    brokers: str = "BROKERS"

    @property
    def protocol(self) -> str:
        """By which the group will share the partitions."""
        if self.static_members or self.wanted_protocol == CLASSIC:
            return CLASSIC
        if self.wanted_protocol == CONSUMER:
            return CONSUMER
        if self.brokers_protocols is None:
            return ""
        return CONSUMER if CONSUMER in self.brokers_protocols else CLASSIC


def topic_findings(facts: TopicFacts) -> list[Finding]:
    """Errors where nothing would come, or records would be lost sight of; warnings of what is allowed and most likely
    not what is wanted."""
    return [
        *_of_the_group(facts),
        *_of_the_dead_letter_topic(facts),
        *_on_partitions(facts),
        *_on_retention(facts),
        *_on_sizes(facts),
    ]


def _of_the_group(facts: TopicFacts) -> Iterator[Finding]:
    protocols = facts.brokers_protocols
    if protocols is not None and facts.protocol not in protocols:
        yield error(
            "topic.protocol",
            f"group_protocol is {facts.protocol!r}, which its brokers do not have"
            f" (group.coordinator.rebalance.protocols)",
            f"they have {', '.join(sorted(protocols))}, and no worker can join",
            _setting(facts, 'group_protocol = "auto"'),
        )
    if facts.protocol == CLASSIC:
        yield from _of_classic_members(facts)


def _of_classic_members(facts: TopicFacts) -> Iterator[Finding]:
    session, shortest, longest = facts.session_seconds, facts.shortest_session_seconds, facts.longest_session_seconds
    if shortest is not None and longest is not None and not shortest <= session <= longest:
        yield error(
            "topic.session",
            f"session_timeout_seconds is {session:g}",
            f"its brokers take {shortest:g} to {longest:g}",
            _setting(facts, f"session_timeout_seconds = {min(max(session, shortest), longest):g}"),
        )
    if facts.group_strategy and facts.group_strategy != facts.own_strategy:
        yield error(
            "topic.strategy",
            f"members of group {facts.group!r} share partitions by {facts.group_strategy}, ours would by "
            f"{facts.own_strategy}, and get none (partition.assignment.strategy)",
            "end those first, or use another group",
            _setting(facts, f'client."partition.assignment.strategy" = "{facts.group_strategy}"'),
        )


def _of_the_dead_letter_topic(facts: TopicFacts) -> Iterator[Finding]:
    if facts.rejected_to is not None and not facts.rejected_to.exists:
        yield error(
            "redrive.target_missing",
            f"its dead-letter topic {facts.rejected_to.name!r} does not exist",
            "what is rejected or fails for good has nowhere to go, and its key waits",
            f"{_kafka(facts, 'topics')} --create --topic {facts.rejected_to.name}",
        )
    if facts.names_itself:
        yield error(
            "redrive.to_itself",
            "dead_letter_topic is the topic itself",
            "what is rejected would come again, for ever",
            _setting(facts, f'dead_letter_topic = "{facts.name}.dead"'),
        )


def _on_partitions(facts: TopicFacts) -> Iterator[Finding]:
    if facts.partitions < facts.max_workers:
        yield warning(
            "topic.few_partitions",
            f"{facts.partitions} partitions for up to {facts.max_workers} workers ([pool] max_workers)",
            "no more workers than partitions have anything of it to do",
            f"{_kafka(facts, 'topics')} --alter --topic {facts.name} --partitions {facts.max_workers}",
        )


def _on_retention(facts: TopicFacts) -> Iterator[Finding]:
    kept = facts.retention_seconds
    if kept is not None and 0 <= kept < SHORT_RETENTION_SECONDS:
        yield warning(
            "topic.retention",
            f"retention.ms keeps records for {span(kept)} only",
            "what is not handled by then is lost unseen",
            _configure(facts, facts.name, f"retention.ms={WEEK_MILLISECONDS}"),
        )


def _on_sizes(facts: TopicFacts) -> Iterator[Finding]:
    target, largest = facts.rejected_to, facts.largest_bytes
    if target is None or target.largest_bytes is None or largest is None or target.largest_bytes >= largest:
        return
    yield warning(
        "topic.dead_letter_size",
        f"max.message.bytes is {target.largest_bytes} in its dead-letter topic {target.name!r}, and {largest} here",
        "the copy of a larger record is without its value",
        _configure(facts, target.name, f"max.message.bytes={largest}"),
    )


def _setting(facts: TopicFacts, line: str) -> str:
    return in_table("topic", facts.name, line)


def _configure(facts: TopicFacts, topic: str, setting: str) -> str:
    return f"{_kafka(facts, 'configs')} --alter --entity-type topics --entity-name {topic} --add-config {setting}"


def _kafka(facts: TopicFacts, tool: str) -> str:
    return f"kafka-{tool}.sh --bootstrap-server {facts.brokers}"
