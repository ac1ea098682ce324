"""What is found of one source beside what its own check says: its handler's times, its retries, its daemon's word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from punctuald.app.handler_check import HandlerCheck
from punctuald.config import QueueSettings, Settings, SourceSettings, StreamSettings, TopicSettings
from punctuald.config.sources.partitioned import PartitionedSettings
from punctuald.config.sources.region import region_of
from punctuald.policy.advice.access_advice import unreachable
from punctuald.policy.advice.finding import Finding, error
from punctuald.policy.advice.handling_advice import HandlingFacts, handling_findings
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.queue_advice import QueueUse, queue_findings
from punctuald.policy.advice.redrive_advice import QueueFacts, no_dead_letters
from punctuald.policy.advice.retry_advice import RetryFacts, retry_findings
from punctuald.policy.advice.visibility_advice import VisibilityFacts, visibility_findings

from .daemon_facts import DaemonFacts, thresholds_of

UNAVAILABLE = "unavailable"
KEEP_IT_AWAY = frozenset({"source.missing", "source.unreachable", "access.denied", "stream.status"})
"""Findings that say already why nothing of a source can be had."""


class SourceFindings:
    """Of one configuration."""

    def __init__(self, settings: Settings, daemon: DaemonFacts) -> None:
        self._settings = settings
        self._daemon = daemon

    def of_queue(self, queue: QueueSettings, facts: QueueFacts, region: str) -> Iterator[Finding]:
        """``facts`` are SQS's; ``region`` is that which was called."""
        p99_seconds, thresholds = self._daemon.p99_seconds(queue, self._settings), thresholds_of(queue, self._settings)
        yield from visibility_findings(
            VisibilityFacts(
                queue=facts.address,
                configured=queue.visibility_seconds,
                own_seconds=facts.visibility_seconds,
                p99_seconds=p99_seconds,
                tightest_seconds=min(thresholds.values(), default=None),
                ordered=facts.ordered,
            )
        )
        yield from retry_findings(_retries(queue, facts))
        yield from queue_findings(facts, self._use(queue, max(thresholds.values(), default=None), region))

    def of_any(self, source: SourceSettings, handler: HandlerCheck, known: Sequence[Finding] = ()) -> Iterator[Finding]:
        """Whatever kind it is. ``known`` is what was found when it was asked, which may be why the daemon can't have
        it."""
        if handler.problem:
            yield error("handler.broken", handler.problem, "nothing of it is handled")
        state = self._daemon.source(source.name)
        if state.state == UNAVAILABLE and not any(finding.code in KEEP_IT_AWAY for finding in known):
            yield unreachable(f"the daemon says of it: {state.text or UNAVAILABLE}")
        yield from handling_findings(
            HandlingFacts(
                kind=source.kind,
                name=source.name,
                p99_seconds=self._daemon.p99_seconds(source, self._settings),
                time_limit_seconds=source.time_limit_seconds,
                drain_timeout_seconds=self._settings.pool.drain_timeout_seconds,
                thresholds=thresholds_of(source, self._settings),
                is_coroutine=handler.coroutine,
                rate_limit=source.rate_limit,
                arrivals_per_second=state.arrivals_per_second,
            )
        )

    def of_log(self, source: TopicSettings | StreamSettings, retention_seconds: float | None) -> Iterator[Finding]:
        """Of a topic or a stream."""
        dead_letters = source.dead_letter_topic if isinstance(source, TopicSettings) else source.dead_letter_queue
        if not dead_letters:
            yield no_dead_letters(source.kind, source.name)
            return
        yield from retry_findings(_log_retries(source, retention_seconds))

    def _use(self, queue: QueueSettings, longest_tier_seconds: float | None, region: str) -> QueueUse:
        settings = self._settings
        pool, hosts = settings.pool, settings.scaling.hosts
        holds = [name for name in ("due_time_attribute", "due_time_field") if getattr(queue, name)]
        return QueueUse(
            waits_seconds=queue.wait_seconds or queue.poll_interval_seconds,
            idle_workers=pool.min_workers * hosts,
            in_flight=pool.max_workers * hosts * pool.prefetch_limit,
            backlog_age_seconds=self._daemon.source(queue.name).backlog_age_seconds,
            longest_tier_seconds=longest_tier_seconds,
            has_received=self._daemon.source(queue.name).has_received,
            url_region=region_of(queue.url),
            region=region,
            holds=tuple(holds),
        )


def _retries(queue: QueueSettings, facts: QueueFacts) -> RetryFacts:
    return RetryFacts(
        kind=queue.kind,
        address=facts.address,
        tries=facts.max_receives,
        initial_seconds=queue.retry_initial_seconds,
        longest_seconds=queue.retry_max_seconds,
        retention_seconds=facts.retention_seconds,
        ordered=facts.ordered,
        has_down_on=bool(queue.down_on),
    )


def _log_retries(source: PartitionedSettings, retention_seconds: float | None) -> RetryFacts:
    return RetryFacts(
        kind=source.kind,
        address=Address(source.name),
        tries=source.max_tries,
        initial_seconds=source.retry_initial_seconds,
        longest_seconds=source.retry_max_seconds,
        limit_seconds=source.retry_for_seconds,
        retention_seconds=retention_seconds,
        has_down_on=bool(source.down_on),
    )
