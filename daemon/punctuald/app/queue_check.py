"""Asks the configured queues whether they are there, and what they do with messages that keep failing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from punctuald.clock import Clock, SystemClock
from punctuald.config import QueueSettings, Settings
from punctuald.errors import SourceError
from punctuald.policy.receive.redrive_advice import redrive_advice
from punctuald.source.sqs.queue import SqsQueue

from .sqs_apis import SqsApis


@dataclass(frozen=True, slots=True)
class QueueCheck:
    """One queue's answer. ``problem``: why there was none; "" = it answered."""

    name: str
    problem: str = ""
    max_receives: int | None = None
    advice: tuple[str, ...] = ()


def check_queues(settings: Settings) -> list[QueueCheck]:
    """All queues, in their order; at the same time, each by the transport that the daemon would use."""
    return asyncio.run(_check_all(settings.queues))


async def _check_all(queues: Sequence[QueueSettings]) -> list[QueueCheck]:
    clock = SystemClock()
    apis = SqsApis(clock, {})
    return list(await asyncio.gather(*(_check(queue, apis, clock) for queue in queues)))


async def _check(queue: QueueSettings, apis: SqsApis, clock: Clock) -> QueueCheck:
    asked = SqsQueue(apis.of(queue, receives=False), queue.name, queue.url or None, lambda _: None, clock)
    try:
        redrive = await asked.redrive()
    except SourceError as error:
        return QueueCheck(queue.name, str(error))
    finally:
        await asked.close()
    max_receives = redrive.max_receives if redrive is not None else None
    advice = redrive_advice(max_receives, has_dead_letter_queue=bool(queue.dead_letter_queue))
    return QueueCheck(queue.name, "", max_receives, tuple(advice))
