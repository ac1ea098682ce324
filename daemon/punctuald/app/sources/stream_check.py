"""Asks AWS about the configured streams: are they there, what may we do, who shares them, where do failures go?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from punctuald.clock import Clock, SystemClock
from punctuald.config import QueueSettings, Settings, StreamSettings
from punctuald.errors import SourceError
from punctuald.policy.advice.access_advice import denied as access_denied
from punctuald.policy.advice.access_advice import unreachable
from punctuald.policy.advice.finding import Finding, Level, error, lines
from punctuald.policy.advice.mending import Address
from punctuald.policy.advice.stream_advice import RejectedToFacts, StreamFacts, stream_findings
from punctuald.source.sqs.access import SENDING, denied_actions
from punctuald.source.sqs.errors import is_denied, is_gone
from punctuald.source.sqs.queue import SqsQueue

from .aws_access import AwsAccess
from .extras import KINESIS, need_extra
from .lease_facts import furthest_behind_seconds, lease_table_facts
from .sqs_apis import SqsApis
from .streams import kinesis_stream

if TYPE_CHECKING:
    from punctuald.source.kinesis.asking.stream_questions import StreamQuestions
    from punctuald.source.kinesis.asking.table_questions import TableQuestions

AT_THE_SAME_TIME = 8
FIND = "sqs:GetQueueUrl"
POLICY = "kinesis.json"


@dataclass(frozen=True, slots=True)
class StreamCheck:
    """One stream's answers."""

    name: str
    findings: tuple[Finding, ...] = ()
    facts: StreamFacts | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What must be mended; none = it can be drained, as far as can be known."""
        return lines(self.findings, Level.ERROR)

    @property
    def advice(self) -> tuple[str, ...]:
        """What is allowed and most likely not what is wanted."""
        return lines(self.findings, Level.WARNING)


def check_streams(settings: Settings, config_path: Path) -> list[StreamCheck]:
    """All streams, in their order; at the same time. Raises `ConfigurationError` where the extra is missing."""
    need_extra(KINESIS, settings.streams, config_path)
    check = partial(check_stream, max_workers=settings.pool.max_workers, clock=SystemClock())
    with ThreadPoolExecutor(AT_THE_SAME_TIME) as threads:
        return list(threads.map(check, settings.streams))


def check_stream(settings: StreamSettings, max_workers: int, clock: Clock) -> StreamCheck:
    """One of them."""
    from punctuald.source.kinesis.asking.stream_questions import StreamQuestions  # noqa: PLC0415 - stands on an extra
    from punctuald.source.kinesis.asking.table_questions import TableQuestions  # noqa: PLC0415

    stream = kinesis_stream(settings)
    try:
        with closing(StreamQuestions(stream)) as questions, closing(TableQuestions(stream)) as table:
            return _Check(settings, questions, table, clock).made(max_workers)
    except SourceError as failure:
        return StreamCheck(settings.name, (unreachable(str(failure)),))


class _Check:
    """One stream's. Raises `SourceError` where a service does not answer."""

    def __init__(
        self, settings: StreamSettings, questions: StreamQuestions, table: TableQuestions, clock: Clock
    ) -> None:
        self._settings = settings
        self._questions = questions
        self._table = table
        self._clock = clock

    def made(self, max_workers: int) -> StreamCheck:
        """All questions, one after the other: rows before shards, for a shard may end in between."""
        summary = self._questions.summary()
        if summary is not None and not summary.is_readable:
            return StreamCheck(self._settings.name, (_unreadable(summary.status),))
        key = self._table.key()
        rows = self._table.rows() if key is not None else ()
        self._table.try_out(is_there=key is not None)
        shards = self._questions.shards()
        behind_seconds = furthest_behind_seconds(rows, shards, self._questions.behind_seconds)
        identity = None if summary is None else summary.identity
        rejected_to, denied_there = self._rejected_to()
        has_leader = self._table.has_metrics_table()
        facts = StreamFacts(
            open_shards=sum(shard.is_open for shard in shards),
            max_workers=max_workers,
            application=self._settings.application_name,
            balance=self._settings.balance,
            retention_seconds=None if summary is None else summary.retention_seconds,
            behind_seconds=behind_seconds,
            begins_in_seconds=self._begins_in_seconds(),
            table=None if key is None else lease_table_facts(key, rows, shards, identity, has_leader=has_leader),
            rejected_to=rejected_to,
            address=Address(self._settings.stream_name, self._settings.region, self._settings.endpoint_url),
        )
        findings = [*self._denials(denied_there), *stream_findings(facts)]
        if any(finding.level is Level.ERROR for finding in findings):
            # what is denied leaves the rest unknown: no advice is built on that
            findings = [finding for finding in findings if finding.level is Level.ERROR]
        return StreamCheck(self._settings.name, tuple(findings), facts)

    def _denials(self, denied_there: Sequence[str]) -> list[Finding]:
        settings = self._settings
        denied = [
            (self._questions.denied, f"stream {settings.stream_name!r}"),
            (self._table.denied, f"table {settings.application_name!r}"),
            (denied_there, f"queue {settings.dead_letter_queue!r}"),
        ]
        return [access_denied(actions, what, POLICY) for actions, what in denied if actions]

    def _begins_in_seconds(self) -> float | None:
        begins = self._settings.begins
        return begins - self._clock.utc() if isinstance(begins, float) else None

    def _rejected_to(self) -> tuple[RejectedToFacts | None, Sequence[str]]:
        queue = self._settings.dead_letters
        return (None, ()) if queue is None else asyncio.run(_dead_letter_queue(queue, self._clock))


def _unreadable(status: str) -> Finding:
    return error(
        "stream.status", f"it can't be read: its status is {status}", "no record of it comes until it is ACTIVE"
    )


async def _dead_letter_queue(queue: QueueSettings, clock: Clock) -> tuple[RejectedToFacts, Sequence[str]]:
    """What it is, and what is denied of what is done to it."""
    api = SqsApis(AwsAccess(clock), {}).of(queue, receives=False)
    asked = SqsQueue(api, queue.name, queue.url or None, lambda _: None, clock)
    try:
        await asked.url()
        return RejectedToFacts(queue.name), await denied_actions(asked, SENDING)
    except SourceError as failure:
        if is_gone(failure):
            return RejectedToFacts(queue.name, exists=False), ()
        if is_denied(failure):
            return RejectedToFacts(queue.name), [FIND]
        raise
    finally:
        await asked.close()
