"""How many messages wait: what the queue's head says, within what the source's own count leaves room for.

The head's age x the rate of sending (Little's law) is right as long as messages are sent at that rate from the head to
now. Of 200 messages sent at once it is not: the head stands where they all are, the rate there is beyond all bounds,
and nothing came after. So a rate seen over an instant is not carried on over seconds unless the count shows that it
went on.

What this daemon received tells of its own share of the queue, where several work it off; the source's count is of all
of it, so each daemon takes its part of that. Where one of the others is dead the rest wait too long: the head's age
says so, and the count is taken whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from .observation import Observation

COUNT_LAG_SECONDS = 5.0
"""SQS's count may leave out what was sent so shortly before: seldom longer, a minute at the worst by its manual."""

SILENT_AGE_SHARE = 0.5
"""Of the slack: a head that is older was not taken by the daemon whose part it was."""

SILENT_LEADS = 2.0
"""Times tick and start: a peer's workers that were ordered for a burst have to show before they count as missing."""

SUPPORTED = 4.0  # times what was received since the look before may wait, be the count from before the burst


@dataclass(frozen=True, slots=True)
class Head:
    """What one look says of the queue's head, besides the observation.

    ``rate``, ``fast_rate``: messages sent per second, the mean of seconds and since the look before.
    ``received``: first deliveries since then.
    """

    age_seconds: float
    rate: float
    fast_rate: float
    received: int


def peers_silent(hosts: int, head_age_seconds: float, slack: float, lead: float) -> bool:
    """Whether another daemon seems not to do its part, so that all of the queue is to be planned for here.

    ``lead``: seconds until a worker ordered when the need shows is ready, the next look included.
    """
    return hosts > 1 and head_age_seconds > max(SILENT_AGE_SHARE * slack, SILENT_LEADS * lead)


def waiting_messages(observation: Observation, head: Head, *, full: bool) -> float:
    """Messages that wait to be received here, as far as they can be known: of the source's count, this daemon's part.

    With one daemon, or as if it were the only one (``hosts`` = 1), that is all of it.
    """
    if not full:
        return 0.0
    visible = 0.0 if observation.backlog is None else observation.backlog.visible / observation.hosts
    if observation.workers_ready == 0 or observation.newest_sent_utc is None:
        return visible  # nobody receives: the newest message gets older, and that says nothing of the queue
    if is_only_delayed(observation, head.age_seconds):
        return 0.0
    by_age = min(head.fast_rate * head.age_seconds, _most(observation, head))
    return max(by_age, visible) if head.age_seconds > COUNT_LAG_SECONDS else by_age


def is_only_delayed(observation: Observation, age_seconds: float) -> bool:
    """Whether the head is old because messages are sent with a delay of their own, and none waits.

    What had waited for so long would have been counted as visible; the delayed ones, which nobody can have yet, are
    counted apart.
    """
    backlog = observation.backlog
    if backlog is None or backlog.visible or not backlog.delayed:
        return False
    return age_seconds > observation.now_mono - backlog.read_mono + COUNT_LAG_SECONDS


def _most(observation: Observation, head: Head) -> float:
    """More than this can't wait, by what was counted and what was sent since."""
    if observation.backlog is None:
        return float("inf")
    visible = observation.backlog.visible / observation.hosts
    since_seconds = observation.now_mono - observation.backlog.read_mono
    steadily = visible + head.rate * min(head.age_seconds, since_seconds + COUNT_LAG_SECONDS)
    counted_seconds = head.age_seconds - since_seconds  # of sending, from the head to when it was counted
    # What was sent in these may have gone on since as it was, for as long again as it was seen to.
    going_on = visible * (1 + min(1.0, since_seconds / counted_seconds)) if counted_seconds > 0 else 0.0
    return max(steadily, going_on, SUPPORTED * head.received)
