"""What may happen to a worker's delivery, drawn at random: sends, handlings, faults of the source, stops."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from punctuald.model import DONE, Metric, Outcome, OutcomeKind

GROUPS = ("g", "h")


@dataclass(frozen=True)
class Handling:
    """One try: how long it takes and how it ends."""

    seconds: float = 0.02
    outcome: Outcome = DONE


@dataclass(frozen=True)
class Send:
    """A message to the queue of that index; its tries in their order, and what comes after them is done at once.

    ``poison``: so many workers died of it that it must not run. ``found_dead``: one died with it and others in its
    hands, so it must run alone.
    """

    at: float
    queue: int
    group: str | None
    tries: tuple[Handling, ...]
    poison: bool = False
    found_dead: bool = False


@dataclass(frozen=True)
class CallsFail:
    """The next so many requests of this kind fail as a whole; with ``done`` only their answers are lost."""

    at: float
    queue: int
    call: Metric
    times: int
    done: bool


@dataclass(frozen=True)
class EntryFails:
    """The next batch with one of the leased messages (drawn by ``which``) reports it as failed."""

    at: float
    queue: int
    which: int


@dataclass(frozen=True)
class LeaseIsCut:
    """One of the leased messages (drawn by ``which``) becomes visible to all, as though its lease had run out."""

    at: float
    queue: int
    which: int


@dataclass(frozen=True)
class Outage:
    """Every request to the queue fails for so long."""

    at: float
    queue: int
    seconds: float


@dataclass(frozen=True)
class Stop:
    """One worker stops; waits so long for what runs, and until ``last_poll_seconds`` for a poll under way."""

    at: float
    worker: int
    drain_seconds: float
    last_poll_seconds: float


Event = Send | CallsFail | EntryFails | LeaseIsCut | Outage | Stop


@dataclass(frozen=True)
class QueueSpec:
    """One queue. ``max_receives`` 0 = its source keeps no count."""

    fifo: bool
    has_dead_letter_queue: bool
    max_receives: int
    latency_seconds: float


@dataclass(frozen=True)
class WorkerSpec:
    """One worker."""

    slots: int
    batch_size: int
    prefetch_limit: int


@dataclass(frozen=True)
class Schedule:
    """One story; the last stop is of all workers that are left."""

    queues: tuple[QueueSpec, ...]
    workers: tuple[WorkerSpec, ...]
    events: tuple[Event, ...]
    last_stop: Stop


def _tenths(least: float, most: float) -> st.SearchStrategy[float]:
    return st.integers(int(least * 10), int(most * 10)).map(lambda tenths: tenths / 10)


_failed = Outcome(OutcomeKind.FAILED, "boom")
OUTCOMES = st.sampled_from(
    [DONE] * 6
    + [_failed] * 3
    + [Outcome(OutcomeKind.RETRY, "later", seconds) for seconds in (None, 0.0, 3.0)]
    + [Outcome(OutcomeKind.UNAVAILABLE, "away", seconds) for seconds in (None, None, 0.0, 4.0)]
    + [Outcome(OutcomeKind.REJECT, "unknown customer"), Outcome(OutcomeKind.DISCARD, "a test order")]
)
HANDLINGS = st.builds(Handling, st.sampled_from([0.0, 0.001, 0.02, 0.02, 0.3, 2.0, 12.0, 45.0]), OUTCOMES)
AT = _tenths(0, 40)
WHICH = st.integers(0, 50)
CALLS = st.sampled_from(
    [
        Metric.REQUEST_RECEIVE,
        Metric.REQUEST_ACKNOWLEDGE,
        Metric.REQUEST_EXTEND,
        Metric.REQUEST_RELEASE,
        Metric.REQUEST_DEAD_LETTER,
        Metric.REQUEST_ATTRIBUTES,
    ]
)
QUEUES = st.builds(
    QueueSpec,
    fifo=st.booleans(),
    has_dead_letter_queue=st.sampled_from([True, True, False]),
    max_receives=st.sampled_from([0, 1, 2, 3]),
    latency_seconds=st.sampled_from([0.0, 0.0, 0.008, 0.3]),
)
WORKERS = st.builds(
    WorkerSpec,
    slots=st.integers(1, 4),
    batch_size=st.sampled_from([1, 1, 3]),
    prefetch_limit=st.sampled_from([4, 12, 500]),
)


def _bursts(queue: st.SearchStrategy[int]) -> st.SearchStrategy[list[Send]]:
    """Several messages at the same time: what comes in one receive is where order is at stake."""
    groups, tries = st.sampled_from([None, *GROUPS]), st.lists(HANDLINGS, max_size=3).map(tuple)
    poison, found_dead = st.sampled_from([False] * 15 + [True]), st.sampled_from([False] * 5 + [True])
    return st.builds(
        lambda at, index, group, each: [Send(at, index, group, *one) for one in each],
        AT,
        queue,
        groups,
        st.lists(st.tuples(tries, poison, found_dead), min_size=2, max_size=14),
    )


def _stops(worker: st.SearchStrategy[int], least_at: float, most_at: float) -> st.SearchStrategy[Stop]:
    drain, last_poll = st.sampled_from([0.0, 0.5, 5.0, 30.0]), st.sampled_from([0.0, 25.0])
    return st.builds(Stop, _tenths(least_at, most_at), worker, drain, last_poll)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any story of one or two queues and one to three workers."""
    queues = draw(st.lists(QUEUES, min_size=1, max_size=2).map(tuple))
    workers = draw(st.lists(WORKERS, min_size=1, max_size=3).map(tuple))
    queue = st.integers(0, len(queues) - 1)
    bursts = draw(st.lists(_bursts(queue), min_size=3, max_size=8))
    faults = st.one_of(
        st.builds(CallsFail, AT, queue, CALLS, st.integers(1, 3), st.booleans()),
        st.builds(EntryFails, AT, queue, WHICH),
        st.builds(LeaseIsCut, AT, queue, WHICH),
        st.builds(Outage, AT, queue, st.sampled_from([0.5, 3.0, 40.0])),
    )
    events: list[Event] = [send for burst in bursts for send in burst]
    events += draw(st.lists(faults, max_size=6))
    events += draw(st.lists(_stops(st.integers(1, len(workers)), 1, 40), max_size=1)) if len(workers) > 1 else []
    last_stop = draw(_stops(st.just(0), 1, 90))
    return Schedule(queues, workers, tuple(sorted(events, key=lambda event: event.at)), last_stop)
