"""Asks the configured queues whether they are there, what we may do with them, and what becomes of what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from punctuald.clock import Clock, SystemClock
from punctuald.config import QueueSettings, Settings
from punctuald.errors import SourceError
from punctuald.policy.advice.redrive_advice import DeadLetterFacts, QueueFacts, redrive_advice, redrive_faults
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


@dataclass(frozen=True, slots=True)
class QueueCheck:
    """One queue's answers. ``problems``: what must be mended; none = it can be drained, as far as can be known."""

    name: str
    problems: tuple[str, ...] = ()
    facts: QueueFacts = field(default_factory=QueueFacts)
    advice: tuple[str, ...] = ()
    key: str = ""
    """The KMS key that it is encrypted with; "" = none of the account's own."""


def check_queues(settings: Settings) -> list[QueueCheck]:
    """All queues, in their order; at the same time, each by the transport that the daemon would use."""
    return asyncio.run(_check_all(settings.sqs_queues))


async def _check_all(queues: Sequence[QueueSettings]) -> list[QueueCheck]:
    clock = SystemClock()
    apis = SqsApis(AwsAccess(clock), {})
    return list(await asyncio.gather(*(check_queue(queue, apis.of(queue, receives=False), clock) for queue in queues)))


async def check_queue(queue: QueueSettings, api: SqsApi, clock: Clock) -> QueueCheck:
    """One of them, by ``api``, which is closed then."""
    asked = SqsQueue(api, queue.queue_name, queue.url or None, lambda _: None, clock)
    try:
        await asked.url()
        denied = await denied_actions(asked, DRAINING)
        return await _checked(queue, asked, api, clock, denied)
    except SourceError as error:
        return QueueCheck(queue.name, (_allow([FIND], queue.name) if is_denied(error) else str(error),))
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
        return QueueCheck(queue.name, (_allow([*denied, READ_ATTRIBUTES], queue.name),))
    facts = QueueFacts(
        ordered=asked.ordered,
        names_itself=queue.dead_letter_queue in {queue.queue_name, await asked.url()},
        visibility_seconds=whole_number(attributes.get(VISIBILITY)),
        retention_seconds=whole_number(attributes.get(RETENTION)),
    )
    redrive = redrive_in(attributes, queue.name)
    facts, refused = await _DeadLetters(asked, api, clock).added_to(facts, redrive, queue.dead_letter_queue)
    problems = [_allow(denied, queue.name)] if denied else []
    problems += [_allow(actions, name) for name, actions in refused.items()] + redrive_faults(facts)
    return QueueCheck(queue.name, tuple(problems), facts, tuple(redrive_advice(facts)), str(attributes.get(KEY) or ""))


def _allow(actions: Sequence[str], name: str) -> str:
    return f"access is denied: allow {', '.join(actions)} on {name!r}"


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
            return DeadLetterFacts(name, retention_seconds=await _retention(other))
        except SourceError as error:
            if is_gone(error):
                return DeadLetterFacts(name, exists=False)
            if not is_denied(error):
                raise
        if sent_to:
            self._refused[name] = [FIND]
        return DeadLetterFacts(name)


async def _retention(queue: SqsQueue) -> int | None:
    """None where we may not ask, which the daemon need not either."""
    try:
        return whole_number((await queue.attributes(RETENTION)).get(RETENTION))
    except SourceError as error:
        if not is_denied(error):
            raise
        return None
