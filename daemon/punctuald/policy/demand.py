"""How many workers the load asks for, before anyone thinks of damping or limits.

The law: ``slots = rate x service + backlog / max(1, slack / service)``. The first term is the work that comes in per
second (Little's law); the second drains what waits within the slack that the tier leaves to a message sent now.

Why the slack is the tier's whole threshold (less service and start-up), and not what is left to the *oldest* message:
with a queue in order and a total capacity C, a message sent t seconds ago waits ``t + rate x (age - t) / C``. That is
linear in t, so every waiting message is on time if the oldest is (it is next, extra workers cannot help it) and the
newest is: ``backlog / C <= slack``. Subtracting the head's age would order a crowd for the sake of messages that are
served first anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from punctuald.policy.observation import Observation

RATE_WINDOW_SECONDS = 15  # counts of one second scatter by 8 % at 160 messages a second, the mean of 15 by 2 %
SHORTEST_RATE_SECONDS = 5  # over less, the first burst after a silence would pass for a rate
ASSUMED_SERVICE_SECONDS = 0.1  # until the first message is finished; growth is kept shorter while this is used


@dataclass(frozen=True, slots=True)
class Demand:
    """What the load asks for, and the estimates behind it. ``arrivals`` and ``backlog`` are in workers and add up."""

    arrivals: float
    backlog: float
    rate_per_second: float
    service_seconds: float
    waiting_messages: float
    head_age_seconds: float
    slack_seconds: float

    @property
    def workers(self) -> int:
        """The whole demand."""
        return ceil(round(self.arrivals + self.backlog, 9))  # 0.1 x 30 is a hair over 3: no worker for a rounding error

    @property
    def without_backlog(self) -> int:
        """What would be asked for if nothing waited."""
        return ceil(round(self.arrivals, 9))


def demand(observation: Observation) -> Demand:
    """The demand of the load that ``observation`` shows."""
    service = observation.mean_service_seconds
    service = ASSUMED_SERVICE_SECONDS if service is None else max(service, 1e-6)
    rate = arrival_rate(observation, service)
    age = head_age_seconds(observation)
    waiting = waiting_messages(observation, rate, age)
    slack = slack_seconds(observation, service)
    return Demand(
        arrivals=rate * service / observation.slots_per_worker,
        # A message needs one slot at most, however little time is left: without the max(1, …) a single waiting message
        # of a handler slower than its threshold would ask for ever more workers as the slack goes to zero.
        backlog=waiting / max(1.0, slack / service) / observation.slots_per_worker,
        rate_per_second=rate,
        service_seconds=service,
        waiting_messages=waiting,
        head_age_seconds=age,
        slack_seconds=slack,
    )


def arrival_rate(observation: Observation, service_seconds: float) -> float:
    """Messages sent per second, over the last complete seconds of sending that we can have seen.

    While messages queue, what was sent last has not been received yet: the count then ends at the newest second seen,
    or the rate would look as if it fell just when it is too high. The window is no shorter than one service time, so
    that rate x service counts what may still be running: 15 seconds of sending say nothing of a handler of minutes.
    """
    if not observation.arrivals:
        return 0.0
    end = floor(observation.now_utc)
    if (observation.full or observation.clock_jumped) and observation.newest_sent_second is not None:
        end = observation.newest_sent_second
    seen_seconds = end - observation.arrivals[0][0]
    span = min(max(RATE_WINDOW_SECONDS, service_seconds), max(SHORTEST_RATE_SECONDS, service_seconds, seen_seconds))
    return sum(count for second, count in observation.arrivals if end - span <= second < end) / span


def head_age_seconds(observation: Observation) -> float:
    """How long the message that is taken next has waited, at a guess; 0 while a slot is idle.

    The newest message received stands for the next one. Only its second is known, so the middle of it is taken.
    """
    if not observation.full or observation.clock_jumped or observation.newest_sent_second is None:
        return 0.0
    return max(0.0, observation.now_utc - observation.newest_sent_second - 0.5)


def waiting_messages(observation: Observation, rate: float, age_seconds: float) -> float:
    """Messages that wait to be received: rate x age (Little), or what the source says where that is more.

    An idle slot overrules the source: SQS's counts are up to a minute old (GetQueueAttributes), and following them
    orders workers for messages that are gone.
    """
    if not observation.full:
        return 0.0
    visible = observation.backlog.visible if observation.backlog is not None else 0
    return max(rate * age_seconds, float(visible))


def slack_seconds(observation: Observation, service_seconds: float) -> float:
    """How long the queue may take to drain so that a message sent now is on time; 0 where it can't be.

    Before an edge to a tighter tier, the queue has to be gone when the first message after the edge is due: its promise
    is short, and it stands behind all that was sent before it.
    """
    due_seconds = observation.threshold_seconds
    if observation.next_threshold_seconds is not None and observation.seconds_to_next_edge is not None:
        due_seconds = min(due_seconds, observation.seconds_to_next_edge + observation.next_threshold_seconds)
    return max(0.0, due_seconds - service_seconds - observation.start_seconds)
