"""Whatever becomes of workers and of what is said between them and the supervisor, no more of a queue with limits is
started than they allow; and in the end all that they allow is given."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf

from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.process.limited_fleet import LimitedFleet, LimitedWorker
from punctuald.policy.limits.division import ALL_PLACES, Claim, wanted_parts
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.limits.ticks import usable_seconds
from punctuald.policy.pool.fleet import State

FIXED = settings(derandomize=True, max_examples=300, deadline=None)
SIZE = 5
MOST = 10
LIMITS = st.builds(QueueLimits, st.none() | st.integers(1, 7), st.none() | st.sampled_from([0.5, 3.0, 20.0]))
SOME_LIMITS = LIMITS.filter(lambda limits: limits.any)
INDEX = st.integers(0, SIZE - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(
                ["start", "ready", "drain", "die", "hear", "say", "run", "end", "wants", "has", "fails", "mends"]
            ),
            INDEX,
        ),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("passes"), st.sampled_from([0.02, 0.3, 1.5])),
    ),
    max_size=120,
)


class Witness:
    """Carries a story out, and notes what ran at once and what was started when."""

    def __init__(self, fleet: LimitedFleet) -> None:
        self.fleet = fleet
        self.most_at_once = 0
        self.starts: list[float] = []

    def carry_out(self, steps: list[tuple[str, float]]) -> None:
        for name, value in steps:
            self.step(name, value)
            self.most_at_once = max(self.most_at_once, self.fleet.running)

    def step(self, name: str, value: float) -> None:
        fleet, index = self.fleet, int(value)
        worker = fleet.workers[index]
        deeds: dict[str, Callable[[], object]] = {
            "start": lambda: fleet.start(index),
            "ready": lambda: fleet.becomes(index, State.READY),
            "drain": lambda: fleet.becomes(index, State.DRAINING),
            "die": lambda: fleet.die(index),
            "hear": worker.hear,
            "say": lambda: fleet.say(index),
            "wants": lambda: worker.holds(1),
            "has": lambda: worker.holds(0),
            "fails": lambda: worker.receives(yes=False),
            "mends": lambda: worker.receives(yes=True),
            "run": lambda: self.run(worker),
            "end": worker.one_ends,
            "look": fleet.look,
            "passes": lambda: fleet.clock.advance(value),
        }
        deeds[name]()

    def run(self, worker: LimitedWorker) -> None:
        """As many as it may, or ten."""
        while worker.pid and worker.limit.startable() > 0 and worker.limit.running < MOST:
            worker.limit.started(1)
            self.starts.append(self.fleet.clock.mono())


@FIXED
@given(SOME_LIMITS, STEPS)
def test_no_more_run_at_once_and_no_more_start_in_any_second_than_the_limits_allow(
    limits: QueueLimits, steps: list[tuple[str, float]]
) -> None:
    witness = Witness(LimitedFleet(SIZE, limits))
    witness.carry_out(steps)
    assert witness.most_at_once <= (limits.concurrency or inf)
    if limits.rate_per_second is not None:
        most = floor(limits.rate_per_second * (1.0 + usable_seconds(limits.rate_per_second))) + 1
        for first in witness.starts:
            assert sum(first <= mono < first + 1.0 for mono in witness.starts) <= most


@FIXED
@given(LIMITS, SOME_LIMITS, STEPS, STEPS)
def test_after_a_reload_the_new_limits_hold_as_soon_as_all_have_heard_of_them(
    before: QueueLimits, limits: QueueLimits, first: list[tuple[str, float]], then: list[tuple[str, float]]
) -> None:
    fleet = LimitedFleet(SIZE, before)
    witness = Witness(fleet)
    witness.carry_out(first)
    fleet.reload(limits)
    witness.carry_out(then)
    assert witness.most_at_once <= max(before.concurrency or inf, limits.concurrency or inf)
    end_all(fleet)
    fleet.settle()
    witness = Witness(fleet)
    witness.carry_out(first)
    assert witness.most_at_once <= (limits.concurrency or inf)


@FIXED
@given(LIMITS, SOME_LIMITS, STEPS, STEPS)
def test_in_the_end_all_that_the_limits_allow_is_given(
    before: QueueLimits, limits: QueueLimits, first: list[tuple[str, float]], then: list[tuple[str, float]]
) -> None:
    fleet = LimitedFleet(SIZE, before)
    witness = Witness(fleet)
    witness.carry_out(first)
    fleet.reload(limits)
    witness.carry_out(then)
    fleet.start(0)
    fleet.becomes(0, State.READY)
    fleet.workers[0].receives(yes=True)
    end_all(fleet)
    fleet.settle()
    parts = [worker.part for worker in fleet.alive]
    if limits.concurrency is not None:
        assert sum(part.concurrency or 0 for part in parts) == limits.concurrency
    if limits.rate_per_second is not None:
        assert sum(len(part.places) for part in parts) == len(ALL_PLACES)


@FIXED
@given(SOME_LIMITS, STEPS, st.sets(INDEX, min_size=1))
def test_every_worker_that_holds_messages_has_its_turn(
    limits: QueueLimits, steps: list[tuple[str, float]], waiting: set[int]
) -> None:
    fleet = LimitedFleet(SIZE, limits)
    Witness(fleet).carry_out(steps)
    for index in waiting:
        fleet.start(index)
        fleet.becomes(index, State.READY)
        fleet.workers[index].holds(1)
    end_all(fleet)
    had_a_turn = set[int]()
    for _ in range(40):
        fleet.settle(1)
        had_a_turn |= {worker.slot.index for worker in fleet.alive if not worker.limit.is_shut}
    assert waiting <= had_a_turn


@FIXED
@given(st.data(), st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0, 30.0, inf]), min_size=1, max_size=12))
def test_whatever_workers_claim_parts_add_up_and_each_worker_has_one(data: st.DataObject, claims: list[float]) -> None:
    whole = data.draw(st.integers(len(claims), 200))
    limits, workers = QueueLimits(whole, 20.0), range(len(claims))
    parts = wanted_parts(limits, workers, {worker: Claim(claims[worker], claims[worker]) for worker in workers})
    at_once = [part.concurrency or 0 for part in parts.values()]
    assert (sum(at_once), min(at_once) >= 1) == (whole, True)
    assert sorted(place for part in parts.values() for place in part.places) == sorted(ALL_PLACES)
    equal = wanted_parts(limits, workers)
    assert all(part.places & equal[worker].places for worker, part in parts.items())
    for worker in workers:
        assert at_once[worker] >= min(whole // len(claims), claims[worker])


def end_all(fleet: LimitedFleet) -> None:
    """What runs comes to its end."""
    for worker in fleet.alive:
        worker.limit.ended(worker.limit.running)
