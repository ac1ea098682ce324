"""Asks the configured queues whether they are there, what we may do with them, and what becomes of what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from punctuald.clock import Clock, SystemClock
from punctuald.config import QueueSettings, Settings
from punctuald.errors import SourceError
from punctuald.policy.advice.access_advice import denied as access_denied
from punctuald.policy.advice.access_advice import missing, unreachable
from punctuald.policy.advice.finding import Finding, Level, lines
from punctuald.policy.advice.mending import Address, create
from punctuald.policy.advice.redrive_advice import DeadLetterFacts, QueueFacts, redrive_findings
from punctuald.source.aws.clock_skew import RegionClock
from punctuald.source.sqs.access import DRAINING, SENDING, denied_actions
from punctuald.source.sqs.answers import Redrive, redrive_in, whole_number
from punctuald.source.sqs.errors import is_denied, is_gone
from punctuald.source.sqs.queue import SqsQueue
from punctuald.source.sqs.transport.api import SqsApi

from .aws_access import AwsAccess
from .sqs_apis import SqsApis

READ_ATTRIBUTES = "sqs:GetQueueAttributes"
FIND = "sqs:GetQueueUrl"
RETENTION = "MessageRetentionPeriod"
VISIBILITY = "VisibilityTimeout"
KEY = "KmsMasterKeyId"
SQS_OWN_ENCRYPTION = "SqsManagedSseEnabled"
POLICY = "sqs.json"


@dataclass(frozen=True, slots=True)
class QueueCheck:
    """One queue's answers. ``region`` is that which was called, and ``ahead_seconds`` by how much its clock is before
    ours."""

    name: str
    findings: tuple[Finding, ...] = ()
    facts: QueueFacts = field(default_factory=QueueFacts)
    region: str = ""
    ahead_seconds: float = 0.0

    @property
    def problems(self) -> tuple[str, ...]:
        """What must be mended; none = it can be drained, as far as can be known."""
        return lines(self.findings, Level.ERROR)

    @property
    def advice(self) -> tuple[str, ...]:
        """What is allowed and most likely not what is wanted."""
        return lines(self.findings, Level.WARNING)


def check_queues(settings: Settings) -> list[QueueCheck]:
    """All queues, in their order; at the same time, each by the transport that the daemon would use."""
    return asyncio.run(_check_all(settings.sqs_queues))


async def _check_all(queues: Sequence[QueueSettings]) -> list[QueueCheck]:
    clock = SystemClock()
    apis = SqsApis(AwsAccess(clock, skew=RegionClock(clock, "")), {})  # it learns the time from every answer
    checks = await asyncio.gather(*(check_queue(queue, apis.of(queue, receives=False), clock) for queue in queues))
    return [
        replace(check, ahead_seconds=apis.skew_of(queue).broker_ahead_seconds)
        for queue, check in zip(queues, checks, strict=True)
    ]


async def check_queue(queue: QueueSettings, api: SqsApi, clock: Clock) -> QueueCheck:
    """One of them, by ``api``, which is closed then."""
    asked = SqsQueue(api, queue.queue_name, queue.url or None, lambda _: None, clock)
    try:
        await asked.url()
        denied = await denied_actions(asked, DRAINING)
        return await _checked(queue, asked, api, clock, denied)
    except SourceError as error:
        return QueueCheck(queue.name, (_not_asked(queue, error),), QueueFacts(address=_address(queue)), api.region)
    finally:
        await asked.close()


async def _checked(
    queue: QueueSettings, asked: SqsQueue, api: SqsApi, clock: Clock, denied: Sequence[str]
) -> QueueCheck:
    try:
        attributes = await asked.attributes("RedrivePolicy", VISIBILITY, RETENTION, KEY)
    except SourceError as error:
        if not is_denied(error):
            raise
        finding = _allow([*denied, READ_ATTRIBUTES], queue.name)
        return QueueCheck(queue.name, (finding,), QueueFacts(address=_address(queue)), api.region)
    facts = QueueFacts(
        ordered=asked.ordered,
        names_itself=queue.dead_letter_queue in {queue.queue_name, await asked.url()},
        visibility_seconds=whole_number(attributes.get(VISIBILITY)),
        retention_seconds=whole_number(attributes.get(RETENTION)),
        key=str(attributes.get(KEY) or ""),
        address=_address(queue),
    )
    redrive = redrive_in(attributes, queue.name)
    facts, refused = await _DeadLetters(asked, api, clock).added_to(facts, redrive, queue.dead_letter_queue)
    findings = [_allow(denied, queue.name)] if denied else []
    findings += [_allow(actions, name) for name, actions in refused.items()] + redrive_findings(facts)
    return QueueCheck(queue.name, tuple(findings), facts, api.region)


def _not_asked(queue: QueueSettings, failure: SourceError) -> Finding:
    """What keeps us from asking it anything."""
    if is_gone(failure):
        return missing(str(failure), create(_address(queue)))
    return _allow([FIND], queue.name) if is_denied(failure) else unreachable(str(failure))


def _address(queue: QueueSettings) -> Address:
    return Address(queue.queue_name, queue.region_name, queue.endpoint_url)


def _allow(actions: Sequence[str], name: str) -> Finding:
    return access_denied(actions, repr(name), POLICY)


class _DeadLetters:
    """Looks at the queues that messages may go to, in reach of the same api."""

    def __init__(self, queue: SqsQueue, api: SqsApi, clock: Clock) -> None:
        self._queue = queue
        self._api = api
        self._clock = clock
        self._refused: dict[str, list[str]] = {}

    async def added_to(
        self, facts: QueueFacts, redrive: Redrive | None, configured: str
    ) -> tuple[QueueFacts, dict[str, list[str]]]:
        """``facts`` with both of them, and what is denied on that to which we send, by its name."""
        if redrive is not None:
            owner, name = redrive.dead_letter_arn.split(":")[4:6]
            moved_to = await self._look_at(name, owner, sent_to=not configured)
            facts = replace(facts, max_receives=redrive.max_receives, moved_to=moved_to)
        if configured:
            facts = replace(facts, rejected_to=await self._look_at(configured, "", sent_to=True))
        return facts, self._refused

    async def _look_at(self, name_or_url: str, owner: str, *, sent_to: bool) -> DeadLetterFacts:
        name = name_or_url.rpartition("/")[2]
        try:
            url = name_or_url if "://" in name_or_url else await self._queue.find(name, owner)
            other = SqsQueue(self._api, name, url, lambda _: None, self._clock)
            if sent_to and (denied := await denied_actions(other, SENDING)):
                self._refused[name] = denied
            return await _described(other, url)
        except SourceError as error:
            if is_gone(error):
                return DeadLetterFacts(name, exists=False)
            if not is_denied(error):
                raise
        if sent_to:
            self._refused[name] = [FIND]
        return DeadLetterFacts(name)


async def _described(queue: SqsQueue, url: str) -> DeadLetterFacts:
    """Nothing is known where we may not ask, which the daemon need not either."""
    name = url.rpartition("/")[2]
    try:
        attributes = await queue.attributes(RETENTION, KEY, SQS_OWN_ENCRYPTION)
    except SourceError as error:
        if not is_denied(error):
            raise
        return DeadLetterFacts(name, url=url)
    by_sqs = attributes.get(SQS_OWN_ENCRYPTION)
    is_encrypted = True if attributes.get(KEY) else None if by_sqs is None else str(by_sqs).lower() == "true"
    retention_seconds = whole_number(attributes.get(RETENTION))
    return DeadLetterFacts(name, retention_seconds=retention_seconds, is_encrypted=is_encrypted, url=url)
