"""How many workers the load asks for, in three demands, before anyone thinks of damping or limits.

- **arrivals**: what has to be kept so that the queue does not outgrow half the slack over a horizon of five slacks:
  ``(rate x (horizon - slack / 2) + waiting) / horizon``. In the long run that is rate x service (Little's law); it is a
  little less while nothing waits, because the slack is there to be used, and more the longer the queue.
- **backlog**: what has to be ordered now so that all that waits when it is ready is gone within 0.7 of the slack.
- **burst**: what has to be kept because bursts of the last ten minutes came faster than workers start.

Why the slack is that of a message sent now, and not what is left to the *oldest*: with a queue in order and a capacity
C, a message sent t seconds ago waits ``t + rate x (age - t) / C``. That is linear in t, so every waiting message is on
time if the oldest is (it is next, extra workers cannot help it) and the newest is: ``waiting / C <= slack``.

All of this is reckoned for each threshold in use, over the work that is so tight or tighter, and the largest demand is
met.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil, inf

from punctuald.model import Arrivals

from .bursts import Bursts, learn, workers_to_keep
from .observation import Observation
from .parts.own_waiting import Own, behind, own_of, with_own
from .parts.thresholds import by_threshold, share_of
from .sensing import LONGEST_RATE_WINDOW_SECONDS, RATE_WINDOW_SECONDS, Look, Sensed, arrival_rate, sense
from .slack import slack_seconds
from .waiting import peers_silent

ASSUMED_SERVICE_SECONDS = 0.1  # until the first message is finished; growth is kept shorter while this is used
DRAIN_SHARE = 0.7  # of the slack: the rest is for what the estimate does not know
BACKLOG_TOLERANCE = 0.1  # of a worker: what so little of one would do is within the estimate's error
BURST_TOLERANCE = 0.3
KEPT_AGE_SHARE = 0.5
HORIZON_SLACKS = 5.0
SHORTEST_HORIZON_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What the load asks for, in workers, and the estimates behind it. Rates are messages sent per second.

    ``ahead``: of the arrivals, what has to be ordered before a queue shows, because a start takes longer than the
    slack. ``threshold_seconds``: of the work that asks for most. ``lead_seconds``: until a worker ordered when the need
    shows is ready, the next look included. ``disorder``: how many times the mean the unlucky wait, 1 in a queue that is
    in order. ``peers_silent``: of several daemons another one seems not to do its part. ``limited``: for queues with
    limits, which are in none of the others; they use the same slots, so it is added to each.
    """

    arrivals: float
    backlog: float
    burst: float
    ahead: float
    threshold_seconds: float
    rate_per_second: float
    fast_rate_per_second: float
    service_seconds: float
    waiting_messages: float
    head_age_seconds: float
    slack_seconds: float
    lead_seconds: float
    disorder: float
    peers_silent: bool = False
    limited: float = 0.0

    @property
    def whole_arrivals(self) -> int:
        """For the arrivals, in whole workers; as each of these with those for queues with limits."""
        return whole(self.arrivals + self.limited)

    @property
    def whole_backlog(self) -> int:
        """For the backlog, in whole workers."""
        return whole(self.backlog + self.limited, BACKLOG_TOLERANCE)

    @property
    def whole_burst(self) -> int:
        """For the next burst, in whole workers."""
        return whole(self.burst + self.limited, BURST_TOLERANCE)

    @property
    def urgent(self) -> int:
        """Workers to have at once."""
        return max(self.whole_backlog, self.whole_burst, whole(self.ahead))

    @property
    def kept(self) -> int:
        """Workers not to let go, apart from `urgent`."""
        return max(self.whole_arrivals, self.whole_burst)

    @property
    def workers(self) -> int:
        """The whole demand."""
        return max(self.urgent, self.kept)


@dataclass(frozen=True, slots=True)
class PartState:
    """Of the part of the work that is as tight as this or tighter."""

    threshold_seconds: float
    arrivals: Arrivals = ()
    bursts: Bursts = field(default_factory=Bursts)


@dataclass(frozen=True, slots=True)
class DemandState:
    """What to hand in the next time, of all the work and of its ``tighter`` parts. Begins with nothing known."""

    look: Look = field(default_factory=Look)
    bursts: Bursts = field(default_factory=Bursts)
    tighter: tuple[PartState, ...] = ()
    own: Own | None = None


def demand(observation: Observation, state: DemandState, max_workers: int) -> tuple[Demand, DemandState]:
    """The demand of the load that ``observation`` shows; up to ``max_workers`` may meet a burst."""
    *tighter, everything = by_threshold(observation)
    sensed, look = sense(everything, state.look, _window_seconds(everything))
    head_utc = everything.now_utc if look.head_utc is None else look.head_utc
    own = own_of(observation)
    late = behind(observation, own, state.own, state.look.workers_ready, sensed.tick_seconds)
    demanded, bursts = _demanded(everything, with_own(sensed, late, inf), head_utc, state.bursts, max_workers)
    demands, states = [demanded], list[PartState]()
    for part in tighter:
        was = _state_of(part, state)
        seen = _sensed_part(part, everything, sensed, head_utc, (was.arrivals, state.look.arrivals))
        asked, learnt = _demanded(part, with_own(seen, late, part.threshold_seconds), head_utc, was.bursts, max_workers)
        demands.append(asked)
        states.append(PartState(part.threshold_seconds, part.arrivals, learnt))
    return _largest(demands), DemandState(look, bursts, tuple(states), own)


def _demanded(
    observation: Observation, sensed: Sensed, head_utc: float, before: Bursts, max_workers: int
) -> tuple[Demand, Bursts]:
    service = _service_seconds(observation)
    slack = slack_seconds(observation, service)
    lead = sensed.tick_seconds + observation.start_seconds
    silent = peers_silent(observation.hosts, sensed.head_age_seconds, slack, lead)
    if silent:
        sensed = replace(sensed, waiting_messages=sensed.waiting_without_peers)
    bursts = learn(before, observation.arrivals, head_utc, observation.now_mono, lead, slack)
    rate_of_one = observation.slots_per_worker / service
    usable = slack / sensed.spread  # what the mean may wait so that the unlucky are on time too
    arrivals = _arrivals(sensed, usable, rate_of_one, bursts.surge if lead > slack else 0.0)
    burst = workers_to_keep(
        bursts,
        lead,
        slack,
        rate_of_one,
        max_workers,
        slots_per_worker=observation.slots_per_worker,
        running=sensed.rate / rate_of_one,
    )
    demanded = Demand(
        arrivals=arrivals,
        backlog=_backlog(observation, sensed, usable, rate_of_one),
        burst=burst,
        ahead=arrivals if lead > slack else 0.0,
        threshold_seconds=observation.threshold_seconds,
        rate_per_second=sensed.rate,
        fast_rate_per_second=sensed.fast_rate,
        service_seconds=service,
        waiting_messages=sensed.waiting_messages,
        head_age_seconds=sensed.head_age_seconds,
        slack_seconds=slack,
        disorder=sensed.spread,
        lead_seconds=lead,
        peers_silent=silent,
        limited=observation.limited_workers,
    )
    return demanded, bursts


def _largest(demands: list[Demand]) -> Demand:
    """The one that asks for most, and each kind of demand as the largest of all."""
    return replace(
        max(demands, key=lambda demanded: demanded.workers),
        arrivals=max(demanded.arrivals for demanded in demands),
        backlog=max(demanded.backlog for demanded in demands),
        burst=max(demanded.burst for demanded in demands),
        ahead=max(demanded.ahead for demanded in demands),
    )


def _state_of(part: Observation, state: DemandState) -> PartState:
    known = (before for before in state.tighter if before.threshold_seconds == part.threshold_seconds)
    return next(known, PartState(part.threshold_seconds))


def _sensed_part(
    part: Observation, everything: Observation, sensed: Sensed, head_utc: float, before: tuple[Arrivals, Arrivals]
) -> Sensed:
    """The queue is one for all: a part of the work has its share of what waits, and the same head."""
    window_seconds = _window_seconds(part)
    rate, rate_of_all = (arrival_rate(seen.arrivals, head_utc, window_seconds) for seen in (part, everything))
    share = share_of(part, everything, before, (rate, rate_of_all))
    return replace(
        sensed,
        rate=rate,
        fast_rate=sensed.fast_rate * share,
        waiting_messages=sensed.waiting_messages * share,
        waiting_without_peers=sensed.waiting_without_peers * share,
    )


def _service_seconds(observation: Observation) -> float:
    service = observation.mean_service_seconds
    return ASSUMED_SERVICE_SECONDS if service is None else max(service, 1e-6)


def _window_seconds(observation: Observation) -> float:
    service = _service_seconds(observation)
    return rate_window_seconds(slack_seconds(observation, service), service)


def rate_window_seconds(slack: float, service: float) -> float:
    """Longer where there is time to wait for the mean, and no shorter than one service time.

    15 seconds of sending say nothing of a handler of minutes: rate x service has to count what may still be running.
    """
    return max(RATE_WINDOW_SECONDS, min(LONGEST_RATE_WINDOW_SECONDS, slack), service)


def whole(workers: float, tolerance: float = 0.0) -> int:
    """In whole workers, none for the last ``tolerance`` of one (nor for a rounding error: 0.1 x 30 is over 3)."""
    return max(0, ceil(round(workers - tolerance, 9)))


def _arrivals(sensed: Sensed, slack: float, rate_of_one: float, surge: float) -> float:
    horizon = max(SHORTEST_HORIZON_SECONDS, HORIZON_SLACKS * slack)
    kept = (sensed.rate * (horizon - KEPT_AGE_SHARE * slack) + sensed.waiting_messages) / horizon
    return max(kept, sensed.rate * surge) / rate_of_one


def _backlog(observation: Observation, sensed: Sensed, slack: float, rate_of_one: float) -> float:
    """Workers that drain what will wait when one ordered now is ready, within a share of the slack."""
    waiting = sensed.waiting_messages
    if waiting <= 0:
        return 0.0
    capacity = observation.workers_ordered * rate_of_one
    waiting += max(0.0, sensed.fast_rate - capacity) * observation.start_seconds
    # A message needs one slot at most, however little time is left: without this a single waiting message of a handler
    # slower than its threshold would ask for ever more workers. Those that are still starting will be free for them.
    serving = min(observation.workers_ready, observation.workers_ordered)
    most = serving + waiting / observation.slots_per_worker
    return min(most, waiting / (DRAIN_SHARE * slack) / rate_of_one)
