"""How much to take from a source: how many messages ahead, how many at a time, with how many receives under way.

A message that is received early waits here, where no other host can have it and its lease runs: so never take more
than can soon start. A message that is received late leaves a slot idle for a round trip.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

ROUND_TRIPS_AHEAD = 2
"""While one receive is under way, the messages of the one before it are handled: with less than two, slots run idle."""

MOST_UNDER_WAY = 24
"""Receives of one queue and worker. At 20 ms a call they bring 12,000 messages a second, as many as a worker handles.
When the queue becomes empty each of them may come back empty, and SQS bills empty receives too."""

QUICKEST_SECONDS = 1e-6
TRAFFIC_WAIT_SECONDS = 2.0

IDLE_PAUSE_SECONDS = 0.05
"""The pause between two empty polls of full length. Without it there would be 86,400 / 4 polls a day, and a few more,
because each may be answered some milliseconds early. Of the messages that reach an idle queue one in 80 waits for the
end of a pause, 25 ms on average."""

EARLY_SHARE = 0.1
EARLY_PAUSE_SECONDS = 0.01


def budget(
    slots: int, mean_service_seconds: float | None, lookahead_seconds: float, receive_seconds: float, limit: int
) -> int:
    """How many messages may wait or run: one a slot, and what all slots finish within the look-ahead, up to ``limit``.

    The look-ahead is ``lookahead_seconds`` or twice the time that a receive takes, whichever is more. It is rounded
    down, so that slow handlers get none, and is none while the service time is unknown. A fixed number of messages (as
    most consumers prefetch) is hours of work for one handler and nothing for another.
    """
    if mean_service_seconds is None:
        return slots
    ahead_seconds = max(lookahead_seconds, ROUND_TRIPS_AHEAD * receive_seconds)
    finished_soon = slots * ahead_seconds / max(mean_service_seconds, QUICKEST_SECONDS)
    return max(slots, int(min(slots + finished_soon, limit)))


def drainable(slots: int, service_p99_seconds: float | None, drain_seconds: float) -> int:
    """How many messages a stop can still finish: the most to hold of a queue that brings each message only once.

    What a worker gives back of such a queue is dead-lettered without being run. One message for each slot may be held
    all the same: a drain time that is shorter than the handler takes is the operator's own decision.
    """
    if not service_p99_seconds:
        return slots
    return slots * max(1, int(drain_seconds / max(service_p99_seconds, QUICKEST_SECONDS)))


def one_after_the_other(service_p99_seconds: float | None, drain_seconds: float) -> int:
    """How many messages of one group a stop can still finish: the most to ask for at a time where each comes only once.

    While messages of a group are in flight its source brings no more of it, so what one receive brings is all that
    there is. They run one after the other, and half of the drain time is for them to get their slots.
    """
    return drainable(1, service_p99_seconds, drain_seconds / 2)


def room(budget: int, held: int, *, slot_is_idle: bool, largest_receive: int) -> int:
    """How many messages to ask for now, where ``held`` counts those in flight and those asked for already; 0 = not yet.

    While every slot has work, wait until half the budget or a whole receive is free: a request costs the same for one
    message as for ten. As soon as a slot is idle, ask at once.
    """
    free = budget - held
    least = 1 if slot_is_idle else min(largest_receive, ceil(budget / 2))
    return min(free, largest_receive) if free >= least else 0


class Receives(NamedTuple):
    """How many receives may be under way at once, and what this round's answers said so far.

    A round ends when as many have answered as were allowed in it.
    """

    allowed: int = 1
    answered: int = 0
    slot_was_idle: bool = False


ONE = Receives()


def after_answer(receives: Receives, brought: int, *, largest_receive: int, slot_is_idle: bool) -> Receives:
    """Slow start: one receive more after each round in which all were full and a slot was idle.

    A short answer halves the number of receives, an empty answer sets it to one. A short answer does not set it to one,
    because SQS asks only a sample of its servers and gives short answers in the middle of a backlog.
    """
    if brought == 0:
        return ONE
    if brought < largest_receive:
        return Receives(max(1, receives.allowed // 2))
    answered, slot_was_idle = receives.answered + 1, receives.slot_was_idle or slot_is_idle
    if answered < receives.allowed:
        return Receives(receives.allowed, answered, slot_was_idle)
    return Receives(min(receives.allowed + slot_was_idle, MOST_UNDER_WAY))


def next_wait_seconds(previous: float, was_empty: bool, limit: float) -> float:  # noqa: FBT001 - the answer to `previous`
    """Seconds that the next long poll waits: 2 after traffic, ``previous`` doubled after an empty one, <= ``limit``.

    A poll cannot be abandoned without losing what it brings for a whole visibility timeout, so a stop has to wait for
    it. So polls are short while messages come, when they are answered early anyway, and long on an idle queue, where
    each poll costs money and brings nothing.
    """
    if not was_empty:
        return min(TRAFFIC_WAIT_SECONDS, limit)
    return min(max(2 * previous, TRAFFIC_WAIT_SECONDS), limit)


def pause_seconds(waited_seconds: float, call_seconds: float, limit: float) -> float:
    """Seconds to pause after an empty poll that was allowed ``waited_seconds`` of at most ``limit``.

    Without it, polls that are answered far too soon (some servers end every waiting poll when one message comes) would
    be repeated without end.
    """
    if waited_seconds >= limit:
        return IDLE_PAUSE_SECONDS
    return EARLY_PAUSE_SECONDS if call_seconds < EARLY_SHARE * waited_seconds else 0.0
