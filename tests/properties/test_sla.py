"""Violations over any course of events: they alternate, they are earned, and they end."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.violation import Change, TierState, TierStep, step
from punctuald.policy.sla.windows import Look, SlaRules

RULES = SlaRules(objective=0.9, fast_window_seconds=6, slow_window_seconds=20, restore_seconds=4, remind_seconds=15)

SECONDS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([0, 0, 0, 1, 4, 20]), st.sampled_from([0, 0, 0, 0, 3, 9])),
    min_size=1,
    max_size=120,
)
"""Of each second: how many came in time, how many late, and how many are overdue."""


def run(seconds: list[tuple[int, int, int]], quiet_seconds: int = 0) -> list[tuple[Look, TierStep]]:
    state, look, steps = TierState(), Look(), []
    for now, (met, missed, overdue) in enumerate([*seconds, *[(0, 0, 0)] * quiet_seconds]):
        look = Look(look.met + met, (0,) * MissCause.HANDLE + (look.missed + missed, 0), overdue)
        taken = step(state, look, float(now), 1e9 + now, RULES)
        state = taken.state
        steps.append((look, taken))
    return steps


@given(SECONDS)
def test_violated_and_restored_take_turns(seconds: list[tuple[int, int, int]]) -> None:
    ends = {Change.VIOLATED, Change.RESTORED}
    reported = [taken.change for _, taken in run(seconds) if taken.change in ends]
    assert reported[:1] in ([], [Change.VIOLATED])
    assert all(one is not other for one, other in pairwise(reported))


@given(SECONDS)
def test_no_tier_is_violated_without_five_late_messages_in_the_slow_window(
    seconds: list[tuple[int, int, int]],
) -> None:
    for at, (_, taken) in enumerate(run(seconds)):
        if taken.change is Change.VIOLATED:
            of_window = seconds[max(0, at - 19) : at + 1]
            late = sum(missed for _, missed, _ in of_window) + of_window[-1][2]
            assert late >= 5
            assert taken.late >= 5


@given(SECONDS)
def test_every_violation_ends_once_nothing_is_late_any_more(seconds: list[tuple[int, int, int]]) -> None:
    steps = run(seconds, quiet_seconds=30)
    assert not steps[-1][1].is_violated


@given(SECONDS)
def test_a_violation_counts_each_late_message_of_its_time_once(seconds: list[tuple[int, int, int]]) -> None:
    steps = run(seconds, quiet_seconds=30)
    for at, (look, taken) in enumerate(steps):
        if taken.change is Change.RESTORED:
            began = round(taken.since_utc - 1e9)
            missed_before = steps[began - 1][0].missed if began else 0
            assert 0 <= taken.late <= look.missed - missed_before + (seconds[0][1] if began == 0 else 0)
            assert taken.duration_seconds == at - began


@given(SECONDS)
def test_the_history_stays_as_long_as_the_slow_window(seconds: list[tuple[int, int, int]]) -> None:
    assert all(len(taken.state.history) <= 22 for _, taken in run(seconds))
