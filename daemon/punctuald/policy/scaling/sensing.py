"""Where the queue's head is and how fast messages are sent, from the sending times of what we received.

The sensor is ``SentTimestamp``, not the queue's depth: SQS says itself that its counts may be wrong for a minute after
the last send, while the time of sending of the message just received is exact. With all slots busy, ``now`` minus that
time is the age of the queue's head; how many were received while the head moved by a second of *sending* is the rate at
which they were sent, seen through the backlog; and rate x age is what waits (Little's law).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from math import floor

from punctuald.model import Arrivals

from .disorder import front_of, newly_received
from .observation import FULL_SHARE, Observation
from .waiting import Head, waiting_messages

RATE_WINDOW_SECONDS = 15.0  # counts of one second scatter by 8 % at 160 messages a second, the mean of 15 by 2 %
LONGEST_RATE_WINDOW_SECONDS = 60.0
SHORTEST_RATE_SECONDS = 5.0  # over less, the first burst after a silence would pass for a rate
SHORTEST_ADVANCE = 0.05  # of the time between looks: a head that hardly moved says «very fast», not «infinitely»


@dataclass(frozen=True, slots=True)
class Look:
    """What one look leaves for the next. Begins with nothing seen."""

    mono: float | None = None
    workers_ready: int | None = None
    head_utc: float | None = None  # up to where the queue was drained
    fast_rate: float = 0.0
    arrivals: Arrivals = ()


@dataclass(frozen=True, slots=True)
class Sensed:
    """The load as far as it can be known. Rates are messages sent per second."""

    tick_seconds: float  # since the look before
    rate: float  # over the last complete seconds of sending
    fast_rate: float  # over what was received since the look before
    head_age_seconds: float
    waiting_messages: float  # for this daemon
    waiting_without_peers: float  # for it as well, if no other daemon did anything
    spread: float  # how much longer the unlucky wait than the mean; 1 where the queue is in order


def sense(observation: Observation, before: Look, window_seconds: float) -> tuple[Sensed, Look]:
    """The load, and what to hand in the next time. ``window_seconds`` is what the slow rate is averaged over."""
    tick = 1.0 if before.mono is None else max(0.05, observation.now_mono - before.mono)
    full = is_full(observation, before.workers_ready)
    received = newly_received(observation.arrivals, before.arrivals)
    front = front_of(observation, before.head_utc, received, full=full)
    rate = arrival_rate(observation.arrivals, front.head_utc, window_seconds)
    count = sum(n for _, n in received)
    fast = _fast_rate(before, front.head_utc, count, tick, rate) if full else rate
    age = max(0.0, observation.now_utc - front.head_utc)
    newly = 0 if before.mono is None else count  # what a first look finds on the board did not come in one tick
    head = Head(age, rate, fast, newly)
    waiting = waiting_messages(observation, head, full=full)
    without_peers = (
        waiting_messages(replace(observation, hosts=1), head, full=full) if observation.hosts > 1 else waiting
    )
    look = Look(observation.now_mono, observation.workers_ready, front.head_utc, fast, observation.arrivals)
    return Sensed(tick, rate, fast, age if waiting else 0.0, waiting, without_peers, front.spread), look


def is_full(observation: Observation, ready_before: int | None) -> bool:
    """Whether all slots of a kind have work; one that has none proves that nothing waits for it.

    A worker that came since the look before proves nothing: it has not had the time to receive.
    """
    if observation.clock_jumped:
        return False
    ready = observation.workers_ready
    seasoned = ready if ready_before is None else min(ready, ready_before)
    return observation.used_slots >= FULL_SHARE * seasoned * observation.slots_per_worker


def arrival_rate(arrivals: Arrivals, head_utc: float, window_seconds: float) -> float:
    """Messages sent per second over ``window_seconds`` of complete seconds before the queue's head.

    What was sent after the head has not been received yet: counting up to now would let the rate look as if it fell
    just when it is too high.
    """
    if not arrivals:
        return 0.0
    end = floor(head_utc)
    span = min(window_seconds, max(SHORTEST_RATE_SECONDS, end - arrivals[0][0]))
    recent = takewhile(lambda entry: entry[0] >= end - span, reversed(arrivals))
    return sum(count for second, count in recent if second < end) / span


def _fast_rate(before: Look, head_utc: float, received: int, tick_seconds: float, rate: float) -> float:
    if before.head_utc is None:
        return rate  # a new autoscaler's first look: what it finds on the board did not come in one tick
    if received == 0 or head_utc <= before.head_utc:
        return before.fast_rate or received / tick_seconds
    return received / max(head_utc - before.head_utc, SHORTEST_ADVANCE * tick_seconds)
