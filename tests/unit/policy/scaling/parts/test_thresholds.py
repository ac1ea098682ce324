"""Each threshold is planned for with the work that is so tight or tighter, and the largest demand is met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM, NOW_MONO, NOW_SECOND, queued
from punctuald.model import Arrivals, Backlog
from punctuald.policy.scaling.decide import ScalingRules, ScalingState, decide
from punctuald.policy.scaling.demand import Demand, DemandState, demand
from punctuald.policy.scaling.observation import Observation, PinnedWork
from punctuald.policy.scaling.parts.thresholds import by_threshold

ONE_WORKER = 40.0  # messages a second: four slots, 0.1 s each


def asked(observation: Observation) -> Demand:
    return demand(observation, DemandState(), 64)[0]


def each_second(observation: Observation, count: int) -> Arrivals:
    """So many of what was sent in each second."""
    return tuple((second, count) for second, _ in observation.arrivals)


def in_tier(observation: Observation, threshold_seconds: float, count: int) -> Observation:
    """So many in each second have that threshold of their own; the others' is 20 s."""
    return replace(
        observation,
        threshold_seconds=min(20.0, observation.threshold_seconds),
        unpinned_threshold_seconds=20.0,
        pinned=(PinnedWork(threshold_seconds, each_second(observation, count)),),
    )


def test_messages_that_all_name_a_tier_are_planned_for_as_if_the_tier_were_their_queues() -> None:
    """100 a second of 2 s, while 20 s was in force: 5,317 of 6,990 were late, with the tier set on the queue none."""
    by_the_queue = replace(queued(3.0), threshold_seconds=2.0)
    named = replace(in_tier(queued(3.0), 2.0, 80), threshold_seconds=20.0)

    assert asked(named) == asked(by_the_queue)
    assert asked(named).urgent > asked(replace(queued(3.0), threshold_seconds=20.0)).urgent


def test_where_no_message_names_a_tier_nothing_changes() -> None:
    assert by_threshold(CALM) == (CALM,)
    assert by_threshold(replace(CALM, pinned=(PinnedWork(2.0, ()),))) == (replace(CALM, pinned=(PinnedWork(2.0, ()),)),)


def test_one_message_of_a_tight_tier_does_not_price_ten_thousand_of_a_wide_one() -> None:
    waiting = replace(queued(30.0), backlog=Backlog(10_000, 0, 0, NOW_MONO - 1), threshold_seconds=60.0)
    with_one = replace(
        waiting,
        threshold_seconds=2.0,  # of the tightest tier that any queue goes by
        unpinned_threshold_seconds=60.0,
        pinned=(PinnedWork(2.0, ((NOW_SECOND - 35, 1),)),),
    )

    assert asked(with_one).workers == asked(waiting).workers
    assert asked(with_one).threshold_seconds == 60.0
    assert asked(replace(waiting, threshold_seconds=2.0)).workers > 10 * asked(waiting).workers


def test_a_part_has_its_share_of_what_waits() -> None:
    mixed = in_tier(queued(10.0), 2.0, 20)  # 200 of 800

    assert asked(mixed).backlog == pytest.approx(200 / (0.7 * 1.5) / ONE_WORKER)
    assert asked(mixed).threshold_seconds == 2.0


def test_a_burst_of_a_tight_tier_counts_as_what_it_is_at_once() -> None:
    seconds = CALM.arrivals
    quiet = replace(queued(1.0), arrivals=seconds, unpinned_threshold_seconds=20.0)
    _, state = demand(replace(quiet, pinned=(PinnedWork(2.0, ((NOW_SECOND - 20, 1),)),)), DemandState(), 64)
    burst = ((NOW_SECOND - 20, 1), (NOW_SECOND - 1, 400))
    now = replace(quiet, arrivals=(*seconds[:-1], (NOW_SECOND - 1, 480)), now_mono=NOW_MONO + 1)
    demanded, _ = demand(replace(now, pinned=(PinnedWork(2.0, burst),)), state, 64)

    assert demanded.backlog > 5 * demand(replace(now, threshold_seconds=20.0), state, 64)[0].backlog


def test_the_parts_are_all_that_is_so_tight_or_tighter() -> None:
    three = replace(
        CALM,
        pinned=(PinnedWork(60.0, each_second(CALM, 50)), PinnedWork(2.0, each_second(CALM, 10))),
        unpinned_threshold_seconds=20.0,
    )

    assert [(part.threshold_seconds, part.arrivals[0][1]) for part in by_threshold(three)] == [
        (2.0, 10),
        (20.0, 30),
        (60.0, 80),
    ]


def test_an_edge_of_the_clock_is_for_those_that_go_by_it() -> None:
    near = replace(
        in_tier(CALM, 60.0, 10),
        next_threshold_seconds=3.0,
        unpinned_next_threshold_seconds=5.0,
        seconds_to_next_edge=30.0,
    )

    tight, wide = by_threshold(near)
    assert (tight.next_threshold_seconds, tight.seconds_to_next_edge) == (5.0, 30.0)
    assert (wide.next_threshold_seconds, wide.seconds_to_next_edge) == (None, None)


def test_a_part_has_its_own_service_time_once_enough_were_finished() -> None:
    mixed = replace(in_tier(CALM, 2.0, 10), service_by_threshold=((2.0, 1.0, 100), (20.0, 99.0, 900)))
    few = replace(mixed, service_by_threshold=((2.0, 0.1, 10), (20.0, 99.0, 900)))

    assert [part.mean_service_seconds for part in by_threshold(mixed)] == pytest.approx([0.01, 0.1])
    assert [part.mean_service_seconds for part in by_threshold(few)] == [0.1, 0.1]


def test_a_decision_says_which_threshold_asked_for_most() -> None:
    mixed = in_tier(queued(10.0), 2.0, 20)

    assert decide(mixed, ScalingState(), ScalingRules(1, 64))[0].fields()["threshold_seconds"] == 2.0
