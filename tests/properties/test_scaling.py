"""What holds for every scaling decision, whatever is observed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from punctuald.model import Backlog
from punctuald.policy.scaling.decide import Decision, Reason, ScalingRules, ScalingState, decide
from punctuald.policy.scaling.failures import Outcomes
from punctuald.policy.scaling.observation import Observation

NOW_SECOND = 1_700_000_000
NOW_MONO = 1_000.0
LONGEST_STORY = 5

seconds = st.floats(0, 600)
shares = st.none() | st.floats(0, 1)
arrivals = st.dictionaries(st.integers(NOW_SECOND - 900, NOW_SECOND), st.integers(1, 5_000), max_size=12)


@st.composite
def outcomes(draw: st.DrawFn) -> Outcomes:
    ended = draw(st.integers(0, 10**6))
    return Outcomes(draw(st.integers(0, ended)), ended, draw(st.floats(0, 600)))


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    counted = tuple(sorted(draw(arrivals).items()))
    ordered, ready, slots = draw(st.integers(0, 80)), draw(st.integers(0, 80)), draw(st.integers(1, 32))
    fraction = draw(st.floats(0, 1, exclude_max=True))
    return Observation(
        now_mono=NOW_MONO,
        now_utc=NOW_SECOND + fraction,
        workers_ordered=ordered,
        workers_ready=ready,
        busy_slots=draw(st.sampled_from((0, ready * slots // 2, ready * slots))),
        slots_per_worker=slots,
        threshold_seconds=draw(st.floats(0.1, 600)),
        start_seconds=draw(st.floats(0, 60)),
        arrivals=counted,
        newest_sent_utc=counted[-1][0] + fraction if counted else None,
        mean_service_seconds=draw(st.none() | st.floats(0, 900)),
        service_p995_seconds=draw(st.none() | st.floats(0, 900)),
        outcomes=draw(outcomes()),
        latest_outcomes=draw(outcomes()),
        groups_seen=draw(st.none() | st.integers(0, 200)),
        backlog=draw(st.none() | st.builds(Backlog, *[st.integers(0, 10**6)] * 3, st.just(NOW_MONO))),
        next_threshold_seconds=draw(st.none() | st.floats(0.1, 600)),
        seconds_to_next_edge=draw(st.none() | seconds),
        seconds_since_receive_ok=draw(st.none() | seconds),
        clock_jumped=draw(st.booleans()),
        cpu_share=draw(shares),
        memory_available_bytes=draw(st.none() | st.integers(0, 2**36)),
        worker_bytes=draw(st.none() | st.integers(0, 2**30)),
    )


@st.composite
def rules(draw: st.DrawFn) -> ScalingRules:
    least = draw(st.integers(0, 40))
    return ScalingRules(
        least,
        least + draw(st.integers(0, 80)),
        hold_seconds=draw(st.floats(0, 60)),
        cpu_limit=draw(st.floats(0.05, 1)),
        error_limit=draw(st.floats(0, 1)),
    )


@st.composite
def stories(draw: st.DrawFn) -> list[Observation]:
    """Looks one after the other, on both clocks; what is ordered is for the test to fill in."""
    looks, passed = [], 0.0
    for look in draw(st.lists(observations(), min_size=1, max_size=LONGEST_STORY)):
        passed += draw(st.floats(0.05, 30))
        looks.append(replace(look, now_mono=NOW_MONO + passed, now_utc=look.now_utc + passed))
    return looks


def lived(looks: list[Observation], rules: ScalingRules) -> tuple[list[Decision], list[ScalingState]]:
    """The decisions on these looks, each of which finds ordered what the one before it decided, and the states."""
    decisions: list[Decision] = []
    states = [ScalingState()]
    for look in looks:
        ordered = decisions[-1].workers if decisions else look.workers_ordered
        decision, state = decide(replace(look, workers_ordered=ordered), states[-1], rules)
        decisions.append(decision)
        states.append(state)
    return decisions, states


@given(stories(), rules())
def test_the_owner_s_bounds_always_hold(looks: list[Observation], rules: ScalingRules) -> None:
    decisions, _ = lived(looks, rules)

    assert all(rules.min_workers <= decision.workers <= rules.max_workers for decision in decisions)


@given(stories(), rules())
def test_in_blind_nobody_is_let_go(looks: list[Observation], rules: ScalingRules) -> None:
    for decision in lived([replace(look, seconds_since_receive_ok=None) for look in looks], rules)[0]:
        assert decision.workers >= min(decision.observation.workers_ordered, rules.max_workers)


@given(stories(), rules(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_longer_backlog_never_asks_for_fewer(
    looks: list[Observation], rules: ScalingRules, visible: int, more: int
) -> None:
    *past, now = looks
    state = lived(past, rules)[1][-1]
    shorter = replace(now, backlog=Backlog(visible, 0, 0, NOW_MONO))
    longer = replace(now, backlog=Backlog(visible + more, 0, 0, NOW_MONO))

    assert decide(longer, state, rules)[0].workers >= decide(shorter, state, rules)[0].workers


@given(stories(), rules())
def test_workers_whom_no_guard_sends_go_only_where_fewer_were_kept_for_through_the_whole_hold(
    looks: list[Observation], rules: ScalingRules
) -> None:
    decisions, _ = lived(looks, rules)
    for number, now in enumerate(decisions):
        ordered = now.observation.workers_ordered
        if now.reason is Reason.MAXIMUM or any(limit.workers < ordered for limit in now.caps):
            continue
        for before, after in pairwise(decisions[: number + 1]):
            # What was demanded stood until the next look.
            if now.observation.now_mono - after.observation.now_mono < rules.hold_seconds:
                assert min(before.demand.kept, ordered) <= now.workers


@given(stories(), rules())
def test_the_reason_fits_the_number(looks: list[Observation], rules: ScalingRules) -> None:
    for decision in lived(looks, rules)[0]:
        ordered = decision.observation.workers_ordered
        match decision.reason:
            case Reason.ARRIVALS | Reason.BACKLOG | Reason.BURST:
                assert decision.workers <= decision.target_before_hold
                assert decision.workers == max(decision.demand.urgent, min(ordered, decision.workers))
            case Reason.GROWTH:
                assert ordered < decision.workers < decision.demand.urgent
            case Reason.HOLD:
                assert decision.target_before_hold < decision.workers <= ordered
                assert not decision.sensors_unknown
            case Reason.SENSORS_UNKNOWN:
                assert decision.target_before_hold < decision.workers == ordered
                assert decision.sensors_unknown
            case Reason.MAXIMUM:
                assert decision.workers == rules.max_workers
            case Reason.MINIMUM:
                assert decision.workers == rules.min_workers
            case guard:
                limit = {limit.guard.value: limit.workers for limit in decision.caps}[guard.value]
                assert decision.workers == (max(limit, ordered) if decision.sensors_unknown else limit)


@given(stories(), rules())
def test_a_decision_is_a_function_of_its_inputs(looks: list[Observation], rules: ScalingRules) -> None:
    assert lived(looks, rules) == lived(looks, rules)


@given(st.floats(0.1, 10), st.floats(0, 60), st.floats(0, 60), observations())
def test_the_state_stays_small(tick: float, hold: float, start: float, observation: Observation) -> None:
    rules, state = ScalingRules(1, 64, hold_seconds=hold), ScalingState()
    look = replace(observation, start_seconds=start)
    for number in range(40):
        _, state = decide(replace(look, now_mono=NOW_MONO + number * tick), state, rules)
    reach = max(hold, 2 * (tick + start)) / tick

    assert len(state.kept) <= reach + 3
    assert len(state.urgent) <= min(reach, 4 / tick) + 3
    assert len(state.demand.bursts.worst) <= 8
