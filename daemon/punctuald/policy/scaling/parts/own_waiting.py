"""What waits in each of several queues, and of messages that name a tier.

For the rest of the law several queues are one, whose head is the newest message received from any. Beside a queue that
is drained at once, one that is seconds behind would count as a share of what waits before the head of both: nearly
nothing, look by look. So each queue says how far behind it is, and so do messages that name a tier, of whatever queue.
They are two accounts of the same messages: the larger one counts, and neither has more than the source's own count
leaves room for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from punctuald.model import Arrivals
from punctuald.policy.scaling.disorder import CELL_SECONDS, newly_received
from punctuald.policy.scaling.observation import Observation, QueueHead
from punctuald.policy.scaling.sensing import RATE_WINDOW_SECONDS, SHORTEST_ADVANCE, Sensed, arrival_rate, is_full
from punctuald.policy.scaling.waiting import COUNT_LAG_SECONDS, SUPPORTED, is_only_delayed


@dataclass(frozen=True, slots=True)
class OwnWaiting:
    """Messages with this threshold that wait to be received here, and how long the front of them has waited.

    ``uncounted``: those that the source's count may not have yet; ``received``: that came since the look before.
    """

    threshold_seconds: float
    messages: float
    head_age_seconds: float
    uncounted: float
    received: int


@dataclass(frozen=True, slots=True)
class Own:
    """What a look knows of them: arrivals by threshold of those that name a tier, and the queues."""

    arrivals: Mapping[float, Arrivals] = field(default_factory=dict)
    queues: tuple[QueueHead, ...] = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """The two accounts. ``counted``: what the source said of all queues together, this daemon's part."""

    by_tier: tuple[OwnWaiting, ...] = ()
    by_queue: tuple[OwnWaiting, ...] = ()
    counted: float = inf


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
    counted = inf if observation.backlog is None else observation.backlog.visible / observation.hosts
    return Behind(tuple(filter(None, by_tier)), tuple(filter(None, by_queue)), counted)


def with_own(sensed: Sensed, late: Behind, threshold_seconds: float) -> Sensed:
    """As much as messages that are so tight or tighter say themselves, at the least."""
    for account in (late.by_tier, late.by_queue):
        own = [each for each in account if each.threshold_seconds <= threshold_seconds and each.messages > 0]
        messages = _together(own, late.counted)
        if messages > sensed.waiting_messages:
            sensed = replace(
                sensed,
                waiting_messages=messages,
                waiting_without_peers=max(messages, sensed.waiting_without_peers),
                head_age_seconds=max(sensed.head_age_seconds, *(waiting.head_age_seconds for waiting in own)),
            )
    return sensed


def _together(own: Sequence[OwnWaiting], counted: float) -> float:
    """The sum. The count is of all queues, so it bounds the sum of all, not that of each."""
    most = counted + sum(waiting.uncounted for waiting in own)
    supported = SUPPORTED * sum(waiting.received for waiting in own)
    return min(sum(waiting.messages for waiting in own), max(most, supported))


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
    return _waiting(observation, threshold_seconds, rate * age, age, (rate, count))


def _of_queue(observation: Observation, now: QueueHead, then: QueueHead, tick_seconds: float) -> OwnWaiting | None:
    """By how far its head moved, in seconds of sending, for what came since the look before."""
    count = now.received - then.received
    if count <= 0 or now.newest_sent_utc is None:
        return None
    age = max(0.0, observation.now_utc - now.newest_sent_utc)
    steady = count / tick_seconds
    by_clock = observation.unpinned_threshold_seconds or observation.threshold_seconds
    threshold_seconds = by_clock if now.threshold_seconds is None else now.threshold_seconds
    # Less the newest one, which came: or each queue that is drained at once would seem to have a message.
    messages = max(0.0, _sent_per_second(now, then, steady, tick_seconds) * age - 1)
    return _waiting(observation, threshold_seconds, messages, age, (steady, count))


def _sent_per_second(now: QueueHead, then: QueueHead, steady: float, tick_seconds: float) -> float:
    """A head that did not move, or was not there before, says nothing of how fast messages are sent."""
    if now.newest_sent_utc is None or then.newest_sent_utc is None or now.newest_sent_utc <= then.newest_sent_utc:
        return steady
    moved_seconds = now.newest_sent_utc - then.newest_sent_utc
    return (now.received - then.received) / max(moved_seconds, SHORTEST_ADVANCE * tick_seconds)


def _waiting(
    observation: Observation, threshold_seconds: float, messages: float, age: float, came: tuple[float, int]
) -> OwnWaiting | None:
    """``came``: how many in a second, and since the look before. None where they are old for a delay of their own."""
    if is_only_delayed(observation, age):
        return None
    backlog, (rate, count) = observation.backlog, came
    since_seconds = 0.0 if backlog is None else observation.now_mono - backlog.read_mono
    uncounted = rate * min(age, since_seconds + COUNT_LAG_SECONDS)
    return OwnWaiting(threshold_seconds, messages, age, uncounted, count)
