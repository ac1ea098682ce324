"""`punctuald check`: whether a configuration is right, and what the daemon would do with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from punctuald.config import (
    PoolSettings,
    QueueSettings,
    Settings,
    SlaSettings,
    SourceSettings,
    StreamSettings,
    TierSettings,
    TopicSettings,
    load,
    tier_of,
)
from punctuald.policy.advice.redrive_advice import no_dead_letters
from punctuald.policy.advice.tier_advice import hidden_tiers
from punctuald.process.exit_status import ExitStatus

from .needs import need_linux
from .options import config_option

if TYPE_CHECKING:
    from punctuald.app.sources.queue_check import QueueCheck
    from punctuald.app.sources.stream_check import StreamCheck
    from punctuald.app.sources.topic_check import TopicCheck
    from punctuald.policy.advice.stream_advice import StreamFacts
    from punctuald.policy.advice.topic_advice import TopicFacts


@click.command("check")
@config_option
@click.option(
    "--connect",
    is_flag=True,
    help="Import the handlers and ask the queues, topics and streams too: are they there, what may we do, and what of"
    " messages that fail?",
)
def command(config_path: Path, *, connect: bool) -> int:
    """Check the configuration, environment included, and say what the daemon would do.

    No handler is imported, and nothing is contacted without --connect. With it handlers are imported in a process of
    their own, and no message is received. Each thing that is wrong is one line; the status is then 78, or 1 if a queue,
    topic or stream does not answer or does not allow what the daemon does.
    """
    if connect:
        need_linux("punctuald check --connect")
    settings = load(config_path, os.environ)
    click.echo(f"{config_path}: ok")
    for line in summary(settings):
        click.echo(line)
    for line in warnings(settings):
        click.echo(line, err=True)
    if not connect:
        return ExitStatus.OK
    need_page(config_path, settings)
    statuses = (
        handlers_status(config_path, settings),
        queues_status(settings),
        topics_status(config_path, settings),
        streams_status(config_path, settings),
    )
    return next(filter(None, statuses), ExitStatus.OK)


def need_page(config_path: Path, settings: Settings) -> None:
    """Raises `ConfigurationError` where there is to be a page and nothing that serves it."""
    from punctuald.app.extras import need_web_extra  # noqa: PLC0415 - needs Linux, and a mere check does not

    need_web_extra(settings.web.listen, config_path)


def handlers_status(config_path: Path, settings: Settings) -> int:
    """Import the handlers, say of each what it is or what is wrong with it, and give the status that this makes."""
    # Only now: what a worker consists of takes longer to import than all else that this command does.
    from punctuald.app.handler_check import check_handlers  # noqa: PLC0415

    checks = check_handlers(config_path, settings)
    for check, source in zip(checks, settings.sources, strict=True):
        found = f"handler {source.handler}: {check.kind}, imported in {check.seconds:.2f} s"
        click.echo(check.problem or f"{source.kind} {check.queue}: {found}", err=bool(check.problem))
    if any(check.lasting for check in checks):
        return ExitStatus.MISCONFIGURED
    return ExitStatus.FAILED if any(check.problem for check in checks) else ExitStatus.OK


def queues_status(settings: Settings) -> int:
    """Ask the queues, say of each what it is or what is wrong with it, and give the status that this makes."""
    from punctuald.app.sources.queue_check import check_queues  # noqa: PLC0415

    checks = check_queues(settings)
    for check in checks:
        _say("queue", check, "" if check.problems else _fate(check))
    return ExitStatus.FAILED if any(check.problems for check in checks) else ExitStatus.OK


def topics_status(config_path: Path, settings: Settings) -> int:
    """Ask the topics' brokers, say of each topic what it is or what is wrong, and give the status that this makes."""
    from punctuald.app.sources.topic_check import check_topics  # noqa: PLC0415

    checks = check_topics(settings, config_path, os.environ)
    for check in checks:
        _say("topic", check, "" if check.problems or check.facts is None else _sharing(check.facts))
    return ExitStatus.FAILED if any(check.problems for check in checks) else ExitStatus.OK


def streams_status(config_path: Path, settings: Settings) -> int:
    """Ask AWS about the streams, say of each what it is or what is wrong, and give the status that this makes."""
    if not settings.streams:
        return ExitStatus.OK
    from punctuald.app.sources.stream_check import check_streams  # noqa: PLC0415

    checks = check_streams(settings, config_path)
    for check in checks:
        _say("stream", check, "" if check.problems or check.facts is None else _leasing(check.facts))
    return ExitStatus.FAILED if any(check.problems for check in checks) else ExitStatus.OK


def _say(kind: str, check: QueueCheck | TopicCheck | StreamCheck, answer: str) -> None:
    """``answer``: what it is; "" = not known, or something is wrong with it."""
    if answer:
        click.echo(f"{kind} {check.name}: answers, {answer}")
    for problem in check.problems:
        click.echo(f"{kind} {check.name}: {problem}", err=True)
    for advice in check.advice:
        click.echo(f"{kind} {check.name}: warning: {advice}", err=True)


def _sharing(facts: TopicFacts) -> str:
    """How the group reads it, and what becomes of records that fail."""
    protocol = f"by the {facts.protocol} protocol" if facts.protocol else "by a protocol that shows when it joins"
    rejected = f", rejected records go to {facts.rejected_to.name}" if facts.rejected_to else ""
    return f"{facts.partitions} partitions, shared {protocol}{rejected}"


def _leasing(facts: StreamFacts) -> str:
    """How its shards are shared, and what becomes of records that fail."""
    table = f"lease table {facts.application}"
    if facts.table is None:
        shared = f"{table} is not there yet and will be made"
    else:
        others = f", workers of KCL: {facts.table.kcl_owners}" if facts.table.kcl_owners else ""
        shared = f"{table} has {facts.table.leases} leases to read{others}"
    rejected = f", rejected records go to {facts.rejected_to.name}" if facts.rejected_to else ""
    return f"{facts.open_shards} open shards, {shared}{rejected}"


def _fate(check: QueueCheck) -> str:
    """What becomes of messages that fail, and what can't be found out without a message."""
    facts = check.facts
    limit = "no limit" if facts.max_receives is None else f"maxReceiveCount {facts.max_receives}"
    target = facts.rejected_to or facts.moved_to
    rejected = f", rejected ones go to {target.name}" if target else ""
    key = f", encrypted with {facts.key} (whether kms:Decrypt is allowed shows with its first message)"
    return f"{limit}{rejected}{key if facts.key else ''}"


def summary(settings: Settings) -> Iterator[str]:
    """What the daemon would do, one line for each part of it."""
    yield from (_queue(queue) + _limits(queue) for queue in settings.queues)
    yield from (_topic(topic) + _limits(topic) for topic in settings.topics)
    yield from (_stream(stream) + _limits(stream) for stream in settings.streams)
    yield _pool(settings.pool)
    yield from _tiers(settings.sla)


def warnings(settings: Settings) -> Iterator[str]:
    """What is allowed, and most likely not what was meant."""
    tiers, named = [tier_of(tier) for tier in settings.sla.tiers], {source.tier for source in settings.sources}
    for name, finding in hidden_tiers(tiers, named):
        yield f"tier {name}: warning: {finding.line}"
    without = [topic for topic in settings.topics if not topic.dead_letter_topic]
    for source in (*without, *(stream for stream in settings.streams if not stream.dead_letter_queue)):
        yield f"{source.kind} {source.name}: warning: {no_dead_letters(source.kind, source.name).line}"


def _stream(stream: StreamSettings) -> str:
    tier = f"tier {stream.tier}" if stream.tier else "tier by the record's time"
    shared = f"application {stream.application_name} from {stream.start}"
    rejected = f"then to {stream.dead_letter_queue}" if stream.dead_letter_queue else "then it stays"
    return f"stream {stream.name}: {stream.handler}, {tier}, {shared}, at most {stream.max_tries} tries, {rejected}"


def _topic(topic: TopicSettings) -> str:
    tier = f"tier {topic.tier}" if topic.tier else "tier by the record's time"
    group = f"group {topic.group} at {topic.brokers}"
    rejected = f"then to {topic.dead_letter_topic}" if topic.dead_letter_topic else "then it stays"
    return f"topic {topic.name}: {topic.handler}, {tier}, {group}, at most {topic.max_tries} tries, {rejected}"


def _queue(queue: QueueSettings) -> str:
    tier = f"tier {queue.tier}" if queue.tier else "tier by time of sending"
    polling = f"long polls of {queue.wait_seconds} s" if queue.wait_seconds else "short polls"
    limit = f"{queue.time_limit_seconds:g} s a message at most"
    regions = f" in {' and '.join(region.name for region in queue.regions)}" if queue.regions else ""
    return f"queue {queue.name}{regions}: {queue.handler}, {tier}, {polling}, {limit}"


def _limits(source: SourceSettings) -> str:
    at_once = f", {source.concurrency} at once at most" if source.concurrency else ""
    return f"{at_once}, {source.rate_limit:g} a second at most" if source.rate_limit else at_once


def _pool(pool: PoolSettings) -> str:
    workers = f"{pool.min_workers} to {pool.max_workers}"
    if pool.min_workers == pool.max_workers:
        workers = str(pool.max_workers)
    return f"workers: {workers}, {pool.slots} slots each: {pool.max_workers * pool.slots} messages at once at most"


def _tiers(sla: SlaSettings) -> Iterator[str]:
    for tier in sla.tiers:
        yield f"tier {tier.name}: {tier.threshold_seconds:g} s, {_when(tier)}"
    yield f"objective: {sla.objective * 100:g} % of messages in time; hours are those of {sla.timezone}"


def _when(tier: TierSettings) -> str:
    hours = f"{tier.starts:%H:%M} to {tier.ends:%H:%M}" if tier.starts and tier.ends else "all day"
    return f"{hours} on {', '.join(tier.days)}" if tier.days else hours
