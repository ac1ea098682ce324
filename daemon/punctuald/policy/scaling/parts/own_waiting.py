"""What waits in each of several queues, and of messages that name a tier.

For the rest of the law several queues are one, whose head is the newest message received from any. Beside a queue that
is drained at once, one that is seconds behind would count as a share of what waits before the head of both: nearly
nothing, look by look. So each queue says how far behind it is, and so do messages that name a tier, of whatever queue.
They are two accounts of the same messages: the larger one counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from punctuald.model import Arrivals
from punctuald.policy.scaling.disorder import CELL_SECONDS, newly_received
from punctuald.policy.scaling.observation import Observation, QueueHead
from punctuald.policy.scaling.sensing import RATE_WINDOW_SECONDS, SHORTEST_ADVANCE, Sensed, arrival_rate, is_full
from punctuald.policy.scaling.waiting import COUNT_LAG_SECONDS, SUPPORTED


@dataclass(frozen=True, slots=True)
class OwnWaiting:
    """Messages with this threshold that wait to be received here, and how long the front of them has waited."""

    threshold_seconds: float
    messages: float
    head_age_seconds: float


@dataclass(frozen=True, slots=True)
class Own:
    """What a look knows of them: arrivals by threshold of those that name a tier, and the queues."""

    arrivals: Mapping[float, Arrivals] = field(default_factory=dict)
    queues: tuple[QueueHead, ...] = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """The two accounts."""

    by_tier: tuple[OwnWaiting, ...] = ()
    by_queue: tuple[OwnWaiting, ...] = ()


def own_of(observation: Observation) -> Own:
    """To be handed in the next time."""
    counts: dict[float, Counter[int]] = {}
    for work in observation.pinned:
        counts.setdefault(work.threshold_seconds, Counter()).update(dict(work.arrivals))
    arrivals = {threshold: tuple(sorted(found.items())) for threshold, found in counts.items()}
    return Own(arrivals, observation.queues)


def behind(
    observation: Observation, own: Own, before: Own | None, ready_before: int | None, tick_seconds: float
) -> Behind:
    """Nothing where a slot is free: then nothing waits. ``before``: of the last look, None = there was none."""
    if before is None or not is_full(observation, ready_before):
        return Behind()
    by_tier = (
        _of_tier(observation, threshold, arrivals, before.arrivals.get(threshold, ()), tick_seconds)
        for threshold, arrivals in own.arrivals.items()
    )
    queues = zip(own.queues, before.queues, strict=False)
    by_queue = (_of_queue(observation, now, then, tick_seconds) for now, then in queues)
    return Behind(tuple(filter(None, by_tier)), tuple(filter(None, by_queue)))


def with_own(sensed: Sensed, late: Behind, part: Observation) -> Sensed:
    """As much as the part's own messages say, at the least."""
    for account in (late.by_tier, late.by_queue):
        own = [waiting for waiting in account if waiting.threshold_seconds <= part.threshold_seconds]
        messages = sum(waiting.messages for waiting in own)
        if messages > sensed.waiting_messages:
            sensed = replace(
                sensed,
                waiting_messages=messages,
                waiting_without_peers=max(messages, sensed.waiting_without_peers),
                head_age_seconds=max(sensed.head_age_seconds, *(waiting.head_age_seconds for waiting in own)),
            )
    return sensed


def _of_tier(
    observation: Observation, threshold_seconds: float, arrivals: Arrivals, before: Arrivals, tick_seconds: float
) -> OwnWaiting | None:
    """By how long those waited that came since the look before; None where none did, which says nothing."""
    received = newly_received(arrivals, before)
    count = sum(n for _, n in received)
    if not count:
        return None
    mean = sum((observation.now_utc - second - CELL_SECONDS) * n for second, n in received) / count
    age = max(0.0, mean - tick_seconds / 2)  # they came half a tick ago, on the mean
    rate = arrival_rate(arrivals, observation.now_utc - age, RATE_WINDOW_SECONDS)
    return OwnWaiting(threshold_seconds, min(rate * age, _most(observation, rate, age, count)), age)


def _of_queue(observation: Observation, now: QueueHead, then: QueueHead, tick_seconds: float) -> OwnWaiting | None:
    """By how far its head moved, in seconds of sending, for what came since the look before."""
    count = now.received - then.received
    if count <= 0 or now.newest_sent_utc is None:
        return None
    age = max(0.0, observation.now_utc - now.newest_sent_utc)
    moved_seconds = now.newest_sent_utc - (then.newest_sent_utc or now.newest_sent_utc)
    rate = count / max(moved_seconds, SHORTEST_ADVANCE * tick_seconds)
    by_clock = observation.unpinned_threshold_seconds or observation.threshold_seconds
    threshold_seconds = by_clock if now.threshold_seconds is None else now.threshold_seconds
    steady = count / tick_seconds
    return OwnWaiting(threshold_seconds, min(rate * age, _most(observation, steady, age, count)), age)


def _most(observation: Observation, rate: float, age: float, received: int) -> float:
    """More than this can't wait, by what was counted of all messages and what was sent since."""
    if observation.backlog is None:
        return inf
    since_seconds = observation.now_mono - observation.backlog.read_mono
    steadily = observation.backlog.visible / observation.hosts + rate * min(age, since_seconds + COUNT_LAG_SECONDS)
    return max(steadily, SUPPORTED * received)
