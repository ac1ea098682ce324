"""All of it, in the order in which it is said: sources, tiers, the machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from punctuald.app.handler_check import HandlerCheck, check_handlers
from punctuald.app.sources.queue_check import QueueCheck, check_queues
from punctuald.app.sources.stream_check import check_streams
from punctuald.app.sources.topic_check import check_topics
from punctuald.config import Settings, tier_of
from punctuald.policy.advice.finding import Examined, Finding
from punctuald.policy.advice.handling_advice import handling_unknown
from punctuald.policy.advice.machine_advice import machine_findings
from punctuald.policy.advice.tier_advice import tier_findings

from .daemon_facts import DaemonFacts, daemon_facts
from .machine import machine_facts
from .source_findings import SourceFindings

MACHINE = "the machine"
DAEMON = "the daemon"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where to ask. ``environ`` has what the configuration takes from there."""

    config_path: Path
    socket_paths: Sequence[Path]
    log_path: Path | None
    environ: Mapping[str, str]


def examine(settings: Settings, asked: Asked) -> list[Examined]:
    """Everything. Raises `ConfigurationError` where an extra is missing, or the log has nothing."""
    daemon = daemon_facts(asked.socket_paths, asked.log_path)
    handlers = {check.queue: check for check in check_handlers(asked.config_path, settings)}
    queues = check_queues(settings)
    found = SourceFindings(settings, daemon)
    return [
        *_queues(settings, queues, handlers, found),
        *_topics(settings, asked, handlers, found),
        *_streams(settings, asked, handlers, found),
        *_tiers(settings),
        _machine(settings, daemon, queues),
        Examined(DAEMON, tuple(_daemon(settings, daemon))),
    ]


def _queues(
    settings: Settings, checks: Sequence[QueueCheck], handlers: Mapping[str, HandlerCheck], found: SourceFindings
) -> Iterator[Examined]:
    for queue, check in zip(settings.sqs_queues, checks, strict=True):
        more = found.of_queue(queue, check.facts, check.region)
        of_any = found.of_any(queue, handlers[queue.name], check.findings)
        yield Examined(f"queue {queue.name}", (*check.findings, *more, *of_any))


def _topics(
    settings: Settings, asked: Asked, handlers: Mapping[str, HandlerCheck], found: SourceFindings
) -> Iterator[Examined]:
    checks = check_topics(settings, asked.config_path, asked.environ)
    for topic, check in zip(settings.topics, checks, strict=True):
        kept_seconds = None if check.facts is None else check.facts.retention_seconds
        kept_seconds = None if kept_seconds is not None and kept_seconds < 0 else kept_seconds  # for ever
        more = (*found.of_log(topic, kept_seconds), *found.of_any(topic, handlers[topic.name], check.findings))
        yield Examined(f"topic {topic.name}", (*check.findings, *more))


def _streams(
    settings: Settings, asked: Asked, handlers: Mapping[str, HandlerCheck], found: SourceFindings
) -> Iterator[Examined]:
    if not settings.streams:
        return
    for stream, check in zip(settings.streams, check_streams(settings, asked.config_path), strict=True):
        kept_seconds = None if check.facts is None else check.facts.retention_seconds
        more = (*found.of_log(stream, kept_seconds), *found.of_any(stream, handlers[stream.name], check.findings))
        yield Examined(f"stream {stream.name}", (*check.findings, *more))


def _tiers(settings: Settings) -> Iterator[Examined]:
    tiers = [tier_of(tier) for tier in settings.sla.tiers]
    linger_seconds = max((queue.ack_linger_seconds for queue in settings.queues), default=0.0)
    of_tiers: dict[str, list[Finding]] = defaultdict(list)
    for name, finding in tier_findings(tiers, {source.tier for source in settings.sources}, linger_seconds):
        of_tiers[name].append(finding)
    return (Examined(f"tier {tier.name}", tuple(of_tiers[tier.name])) for tier in tiers)


def _machine(settings: Settings, daemon: DaemonFacts, queues: Sequence[QueueCheck]) -> Examined:
    ahead_seconds = max((check.ahead_seconds for check in queues), key=abs, default=None)
    return Examined(MACHINE, tuple(machine_findings(machine_facts(settings, daemon, ahead_seconds))))


def _daemon(settings: Settings, daemon: DaemonFacts) -> Iterator[Finding]:
    unknown = [source.name for source in settings.sources if daemon.p99_seconds(source, settings) is None]
    if unknown:
        yield handling_unknown(unknown, daemon.unknown_because)
