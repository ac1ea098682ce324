"""From a demand to a number of workers: damping, blindness, guard rails, bounds, and the reason given."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from doubles.observations import CALM
from punctuald.model import Backlog
from punctuald.policy.observation import Observation
from punctuald.policy.scaling import Decision, Reason, ScalingRules, ScalingState, decide, is_blind

MEGABYTE = 1024 * 1024
RULES = ScalingRules(min_workers=1, max_workers=64)


def waiting(visible: int, ordered: int = 2) -> Observation:
    full = replace(CALM, workers_ordered=ordered, workers_ready=ordered, busy_slots=4 * ordered)
    return replace(full, backlog=Backlog(visible, 0, 0, 999.0))


def first(observation: Observation, rules: ScalingRules = RULES) -> Decision:
    return decide(observation, ScalingState(), rules)[0]


def settled(observation: Observation, rules: ScalingRules = RULES) -> Decision:
    """The decision once the hold window has passed with nothing new to see."""
    _, state = decide(observation, ScalingState(), rules)
    return decide(replace(observation, now_mono=observation.now_mono + rules.hold_seconds), state, rules)[0]


def test_a_pool_that_fits_its_load_is_left_alone() -> None:
    assert (first(CALM).workers, first(CALM).reason) == (2, Reason.ARRIVALS)


def test_more_work_is_met_at_once() -> None:
    decision = first(replace(CALM, mean_service_seconds=0.5))

    assert (decision.workers, decision.reason, decision.undamped) == (10, Reason.ARRIVALS, 10)


def test_a_backlog_is_named_as_the_reason() -> None:
    decision = first(waiting(760))

    assert (decision.workers, decision.reason) == (12, Reason.BACKLOG)
    assert decision.demands == pytest.approx({"arrivals": 2.0, "backlog": 10.0})


def test_workers_already_ordered_are_not_ordered_again() -> None:
    starting = replace(waiting(760), workers_ordered=12)

    assert first(starting).workers == 12


def test_one_step_is_no_more_than_16_or_as_many_as_there_are() -> None:
    assert (first(waiting(9_999)).workers, first(waiting(9_999)).reason) == (18, Reason.GROWTH)
    assert first(waiting(9_999, ordered=20)).workers == 40


def test_while_the_service_time_is_a_guess_steps_are_shorter() -> None:
    assert first(replace(waiting(9_999), mean_service_seconds=None)).workers == 6


def test_workers_go_only_after_the_hold() -> None:
    state, quiet = ScalingState(), replace(CALM, workers_ordered=8, workers_ready=8)
    numbers = []
    for second in range(17):
        decision, state = decide(replace(quiet, now_mono=1_000.0 + second), state, RULES)
        numbers.append((decision.workers, decision.reason))

    assert numbers == [(8, Reason.HOLD)] * 15 + [(2, Reason.ARRIVALS)] * 2


def test_within_the_hold_the_pool_shrinks_to_the_most_that_was_demanded() -> None:
    state = ScalingState(((985.5, 6), (990.0, 4), (999.0, 2)))

    decision, _ = decide(replace(CALM, workers_ordered=8, now_mono=1_004.0), state, RULES)
    later, _ = decide(replace(CALM, workers_ordered=8, now_mono=1_006.0), state, RULES)

    assert (decision.workers, later.workers) == (6, 4)  # six stood until 990, so it counts until 1005
    assert later.reason is Reason.HOLD


def test_an_autoscaler_that_was_held_up_does_not_shrink_the_pool_on_its_first_look() -> None:
    state = ScalingState(((970.0, 8),))

    assert decide(replace(CALM, workers_ordered=8), state, RULES)[0].workers == 8


def test_without_a_hold_workers_go_on_the_second_look() -> None:
    assert settled(replace(CALM, workers_ordered=8), replace(RULES, hold_seconds=0)).workers == 2


def test_the_state_does_not_grow_for_ever() -> None:
    state = ScalingState()
    for second in range(1_000):
        _, state = decide(replace(CALM, now_mono=1_000.0 + second), state, RULES)

    assert len(state.demanded) <= 17


@pytest.mark.parametrize(
    "hidden",
    [
        {"seconds_since_receive_ok": None},
        {"seconds_since_receive_ok": 46.0},
        {"clock_jumped": True},
        {"backlog": None, "mean_service_seconds": None, "arrivals": (), "newest_sent_second": None},
    ],
)
def test_nobody_is_let_go_in_blind(hidden: dict[str, object]) -> None:
    decision = settled(replace(CALM, workers_ordered=8, workers_ready=8, **hidden))  # type: ignore[arg-type]

    assert (decision.workers, decision.reason, decision.blind) == (8, Reason.BLIND, True)


def test_an_idle_queue_is_not_blindness() -> None:
    idle = replace(CALM, busy_slots=0, arrivals=(), newest_sent_second=None, seconds_since_receive_ok=20.0)

    assert not is_blind(idle, RULES)
    assert (settled(idle).workers, settled(idle).reason) == (1, Reason.MINIMUM)


def test_a_full_pool_without_depth_or_arrivals_may_face_anything() -> None:
    drowning = replace(waiting(0, ordered=8), backlog=None, arrivals=())

    assert is_blind(drowning, RULES)
    assert not is_blind(replace(drowning, busy_slots=0), RULES)


def test_more_may_be_ordered_in_blind() -> None:
    assert first(replace(waiting(760), seconds_since_receive_ok=None)).workers == 12


def test_the_hold_begins_anew_when_sight_comes_back() -> None:
    quiet = replace(CALM, workers_ordered=8, workers_ready=8)
    _, state = decide(replace(quiet, clock_jumped=True), ScalingState(), RULES)
    soon, state = decide(replace(quiet, now_mono=1_014.0), state, RULES)
    later, _ = decide(replace(quiet, now_mono=1_029.0), state, RULES)

    assert (soon.workers, later.workers) == (8, 2)


def test_a_busy_processor_adds_nobody_and_takes_nobody() -> None:
    assert (first(replace(waiting(760), cpu_share=0.9)).workers) == 2
    assert first(replace(waiting(760), cpu_share=0.9)).reason is Reason.CPU
    assert first(replace(waiting(760), cpu_share=0.85)).workers == 12
    assert first(replace(CALM, cpu_share=1.0)).reason is Reason.ARRIVALS


def test_no_more_workers_than_fit_into_memory() -> None:
    roomy = replace(waiting(760), worker_bytes=100 * MEGABYTE, memory_available_bytes=(256 + 350) * MEGABYTE)

    assert (first(roomy).workers, first(roomy).reason) == (5, Reason.MEMORY)


def test_workers_that_are_starting_have_not_taken_their_memory_yet() -> None:
    starting = replace(waiting(760), workers_ordered=4, worker_bytes=100 * MEGABYTE)

    assert first(replace(starting, memory_available_bytes=(256 + 350) * MEGABYTE)).workers == 5


def test_when_the_reserve_is_touched_a_worker_goes_at_once() -> None:
    tight = replace(waiting(0), worker_bytes=100 * MEGABYTE, memory_available_bytes=200 * MEGABYTE)

    assert (first(tight).workers, first(tight).reason) == (1, Reason.MEMORY)


def test_not_even_memory_takes_workers_in_blind() -> None:
    tight = replace(waiting(0), worker_bytes=100 * MEGABYTE, memory_available_bytes=0, clock_jumped=True)

    assert first(tight).workers == 2


def test_the_owner_s_bounds_come_last() -> None:
    most = first(waiting(760), replace(RULES, max_workers=8))
    least = settled(replace(CALM, arrivals=()), replace(RULES, min_workers=4))

    assert (most.workers, most.reason, most.undamped) == (8, Reason.MAXIMUM, 12)
    assert (least.workers, least.reason) == (4, Reason.MINIMUM)


def test_a_lowered_maximum_holds_at_once() -> None:
    assert first(replace(CALM, workers_ordered=8), replace(RULES, max_workers=4)).workers == 4


def test_a_decision_is_flat_fields_that_json_can_carry() -> None:
    fields = first(waiting(760)).fields()

    assert orjson.loads(orjson.dumps(fields)) == fields
    assert (fields["workers"], fields["reason"], fields["demand_backlog"], fields["workers_ordered"]) == (
        12,
        "backlog",
        10.0,
        2,
    )
