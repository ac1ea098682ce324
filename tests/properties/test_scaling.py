"""What holds for every scaling decision, whatever is observed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from punctuald.model import Backlog
from punctuald.policy.observation import Observation
from punctuald.policy.scaling import Reason, ScalingRules, ScalingState, decide

NOW_SECOND = 1_700_000_000
NOW_MONO = 1_000.0
seconds = st.floats(0, 600)
arrivals = st.dictionaries(st.integers(NOW_SECOND - 900, NOW_SECOND), st.integers(1, 5_000), max_size=40)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    counted = tuple(sorted(draw(arrivals).items()))
    ordered, ready, slots = draw(st.integers(0, 80)), draw(st.integers(0, 80)), draw(st.integers(1, 32))
    return Observation(
        now_mono=NOW_MONO,
        now_utc=NOW_SECOND + draw(st.floats(0, 1, exclude_max=True)),
        workers_ordered=ordered,
        workers_ready=ready,
        busy_slots=draw(st.sampled_from((0, ready * slots // 2, ready * slots))),
        slots_per_worker=slots,
        threshold_seconds=draw(st.floats(0.1, 600)),
        start_seconds=draw(st.floats(0, 30)),
        arrivals=counted,
        newest_sent_second=counted[-1][0] if counted else None,
        mean_service_seconds=draw(st.none() | st.floats(0, 900)),
        backlog=draw(st.none() | st.builds(Backlog, *[st.integers(0, 10**6)] * 3, st.just(NOW_MONO))),
        next_threshold_seconds=draw(st.none() | st.floats(0.1, 600)),
        seconds_to_next_edge=draw(st.none() | seconds),
        seconds_since_receive_ok=draw(st.none() | seconds),
        clock_jumped=draw(st.booleans()),
        cpu_share=draw(st.none() | st.floats(0, 1)),
        memory_available_bytes=draw(st.none() | st.integers(0, 2**36)),
        worker_bytes=draw(st.none() | st.integers(0, 2**30)),
    )


@st.composite
def rules(draw: st.DrawFn) -> ScalingRules:
    least = draw(st.integers(0, 40))
    return ScalingRules(least, least + draw(st.integers(0, 40)), hold_seconds=draw(st.floats(0, 60)))


states = st.builds(
    ScalingState,
    st.lists(st.tuples(st.floats(NOW_MONO - 90, NOW_MONO), st.integers(0, 100)), max_size=20).map(
        lambda demanded: tuple(sorted(demanded))
    ),
)


@given(observations(), states, rules())
def test_the_owner_s_bounds_always_hold(observation: Observation, state: ScalingState, rules: ScalingRules) -> None:
    decision, _ = decide(observation, state, rules)

    assert rules.min_workers <= decision.workers <= rules.max_workers


@given(observations(), states, rules())
def test_in_blind_nobody_is_let_go(observation: Observation, state: ScalingState, rules: ScalingRules) -> None:
    decision, _ = decide(replace(observation, seconds_since_receive_ok=None), state, rules)

    assert decision.workers >= min(observation.workers_ordered, rules.max_workers)


@given(observations(), states, rules(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_longer_backlog_never_asks_for_fewer(
    observation: Observation, state: ScalingState, rules: ScalingRules, visible: int, more: int
) -> None:
    shorter = replace(observation, backlog=Backlog(visible, 0, 0, NOW_MONO))
    longer = replace(observation, backlog=Backlog(visible + more, 0, 0, NOW_MONO))

    assert decide(longer, state, rules)[0].workers >= decide(shorter, state, rules)[0].workers


@given(observations(), rules(), st.lists(st.tuples(st.floats(0.1, 30), st.integers(0, 30)), max_size=30))
def test_workers_go_only_when_fewer_were_asked_for_through_the_whole_hold(
    observation: Observation, rules: ScalingRules, ticks: list[tuple[float, int]]
) -> None:
    ordered = min(max(observation.workers_ordered, rules.min_workers), rules.max_workers)
    state, now_mono, needed_mono = ScalingState(), NOW_MONO, NOW_MONO
    for pause_seconds, count in ticks:
        sent = tuple((NOW_SECOND - ago, count) for ago in range(15, 0, -1)) if count else ()
        look = replace(observation, now_mono=now_mono, arrivals=sent, workers_ordered=ordered, worker_bytes=None)
        decision, state = decide(look, state, rules)
        if decision.workers < ordered:
            assert now_mono - needed_mono >= rules.hold_seconds
        now_mono += pause_seconds
        if decision.undamped >= ordered or decision.blind:
            needed_mono = now_mono  # what was needed then was needed until the next look
        ordered = decision.workers


@given(observations(), states, rules())
def test_the_reason_fits_the_number(observation: Observation, state: ScalingState, rules: ScalingRules) -> None:
    decision, _ = decide(observation, state, rules)

    if decision.reason in {Reason.ARRIVALS, Reason.BACKLOG}:
        assert decision.workers == decision.undamped
    if decision.reason is Reason.CPU:
        assert decision.workers == observation.workers_ordered < decision.undamped
    if decision.reason in {Reason.HOLD, Reason.BLIND}:
        assert decision.undamped < decision.workers <= observation.workers_ordered
    if decision.reason is Reason.GROWTH:
        assert observation.workers_ordered < decision.workers < decision.undamped


@given(observations(), states, rules())
def test_a_decision_is_a_function_of_its_inputs(
    observation: Observation, state: ScalingState, rules: ScalingRules
) -> None:
    assert decide(observation, state, rules) == decide(observation, state, rules)
