"""How much to take from a source at a time, and how long to wait for it.

A message taken early waits in our hands, where no other host can have it and its lease runs: so never more than can
soon start. A message taken late lets a slot stand idle for a round trip.
"""

from __future__ import annotations

from math import ceil

BATCH = 10  # the most that one SQS receive brings, and what one request costs whatever it brings
LOOKAHEAD_LIMIT = 40  # four full receives: hides the round trip even from handlers of a millisecond
TRAFFIC_WAIT_SECONDS = 2.0
SLOW_CALL_SECONDS = 0.003  # AWS's answers take 5 to 20 ms; those of a server on the same machine 1
WORTH_A_SECOND_SLOT_SECONDS = 0.002  # of work
RUN_SECONDS = 0.001
"""What a slot may take at once: the last of it waits no longer than for another slot to wake."""

IDLE_PAUSE_SECONDS = 0.05
"""Between two empty polls of full length. Without it a day holds 86,400 / 20 of them, and a few more as each may be
answered some milliseconds early. One message in 400 that reach an idle queue waits for it, 25 ms on average."""

EARLY_SHARE = 0.1
EARLY_PAUSE_SECONDS = 0.01


def capacity(slots: int, mean_service_seconds: float | None, lookahead_seconds: float) -> int:
    """How many messages a worker may hold: one per slot, and what its slots finish within ``lookahead_seconds``.

    The look-ahead is rounded down, so that slow handlers get none, and is none while the service time is unknown. A
    fixed number of messages (as most consumers prefetch) is hours of work for one handler and nothing for another.
    """
    if mean_service_seconds is None:
        return slots
    finished_soon = slots * lookahead_seconds / max(mean_service_seconds, 1e-6)
    return slots + int(min(finished_soon, LOOKAHEAD_LIMIT))


def room(capacity: int, held: int, idle_slots: int) -> int:
    """How many messages to ask for now, 0 to 10, where ``held`` counts those in hand and those asked for already.

    0 = not yet. While every slot has work, wait until half the capacity or ten places are free: a request costs the
    same for one message as for ten. As soon as a slot stands idle nothing is worth waiting for.
    """
    return min(capacity - held, BATCH) if held <= most_held(capacity, idle_slots) else 0


def most_held(capacity: int, idle_slots: int) -> int:
    """The most messages in hand, or asked for, with which it is worth asking for more; see `room`."""
    return capacity - (1 if idle_slots > 0 else min(BATCH, ceil(capacity / 2)))


def worth_another_receiver(brought: int, waited_seconds: float, idle_slots: int) -> bool:
    """Whether one receiver is too few: it brings full tens, and yet slots stand idle, because each call takes long.

    ``waited_seconds`` is what the call took beyond the CPU that this process used meanwhile. Where calls are quick,
    what is missing is CPU, and another receiver would only take from it.
    """
    return idle_slots > 0 and worth_staying(brought, waited_seconds)


def worth_staying(brought: int, waited_seconds: float) -> bool:
    """Whether a further receiver receives once more: its calls bring full tens, and still take long."""
    return brought >= BATCH and waited_seconds >= SLOW_CALL_SECONDS


def worth_self_service(brought: int, waited_seconds: float, mean_service_seconds: float | None) -> bool:
    """Whether slots shall fetch for themselves: handling a full ten takes no longer than waking a thread for it.

    Where calls take long, several have to be under way, and slots are too few for that.
    """
    quick = run_length(mean_service_seconds) >= BATCH
    return quick and brought >= BATCH and waited_seconds < SLOW_CALL_SECONDS


def slots_to_wake(startable: int, mean_service_seconds: float | None) -> int:
    """How many waiting slots to wake at once for messages that could start now.

    One does ten messages of some microseconds each before a second one would have woken: waking it costs more than it
    brings. Somebody has to look again a moment later, for the mean says nothing of the next message.
    """
    if mean_service_seconds is not None and mean_service_seconds * startable < WORTH_A_SECOND_SLOT_SECONDS:
        return min(startable, 1)
    return startable


def run_length(mean_service_seconds: float | None) -> int:
    """How many messages a slot takes at once, 1 to 10: as many as it does before another slot would be of use.

    The mean says nothing of the next message, so what is behind one that turns out slow must be taken back.
    """
    if not mean_service_seconds:
        return 1
    return max(1, min(int(RUN_SECONDS / mean_service_seconds), BATCH))


def next_wait_seconds(previous: float, was_empty: bool, limit: float) -> float:  # noqa: FBT001 - the answer to `previous`
    """Seconds that the next long poll waits: 2 after traffic, ``previous`` doubled after an empty one, <= ``limit``.

    A poll cannot be abandoned without losing what it brings for a whole visibility timeout, so a stop has to wait for
    it: short while messages come, when a poll is answered early anyway, and long when idle, when each one costs money.
    """
    if not was_empty:
        return min(TRAFFIC_WAIT_SECONDS, limit)
    return min(max(2 * previous, TRAFFIC_WAIT_SECONDS), limit)


def pause_seconds(waited_seconds: float, call_seconds: float, limit: float) -> float:
    """Seconds to pause after an empty poll that was allowed ``waited_seconds`` of at most ``limit``.

    One that was answered far too soon (some servers end every waiting poll when one message comes) would otherwise be
    asked again without end.
    """
    if waited_seconds >= limit:
        return IDLE_PAUSE_SECONDS
    return EARLY_PAUSE_SECONDS if call_seconds < EARLY_SHARE * waited_seconds else 0.0
