"""A comparison goes on: what can't be had or fails leaves a word in its row."""

from __future__ import annotations

import pytest

from benchmarks.comparison.envs import NotInstalledError
from benchmarks.comparison.row import Row
from benchmarks.comparison.scenes import BareLoop, Window
from benchmarks.figures import Figure
from benchmarks.processes.consumer import ConsumerError


def window(*, messages: int, cpu_seconds: float = 1.0) -> Window:
    return Window(1.0, messages, cpu_seconds, requests=messages // 5, pss_mib=10.0, server_share=0.1)


def test_what_failed_is_told_and_not_raised() -> None:
    row = Row("peer", slots=1)

    def no_peer() -> int:
        raise NotInstalledError("there is no npm")

    def dead_peer() -> int:
        raise ConsumerError("it ended with status 1")

    assert row.attempt("installation", no_peer) is None
    assert row.attempt("one worker", dead_peer) is None
    assert row.failures == {"installation": "not installed: there is no npm", "one worker": "it ended with status 1"}


def test_a_mistake_of_our_own_is_raised() -> None:
    def mistaken() -> int:
        raise TypeError("ours")

    with pytest.raises(TypeError):
        Row("peer", slots=1).attempt("one worker", mistaken)


def test_shares_are_of_all_slots_and_of_the_bare_loop() -> None:
    row = Row("peer", slots=4, sleeping=window(messages=100), spinning=window(messages=450, cpu_seconds=0.5))
    row.bare_loop = BareLoop(per_second=900.0, per_cpu_second=1_000.0)

    assert row.sleeping_share == 0.5
    assert row.spinning_share == 0.5
    assert row.spinning_cpu_share == 0.9


def test_a_row_with_nothing_measured_has_no_shares() -> None:
    row = Row("peer", slots=4)

    assert (row.sleeping_share, row.spinning_share, row.added_ms(0.5)) == (None, None, None)


@pytest.mark.parametrize(("value", "verdict"), [(5.0, "met"), (4.95, "too close to tell"), (4.0, "MISSED")])
def test_a_goal_from_below_is_judged_as_far_as_can_be_told(value: float, verdict: str) -> None:
    assert Figure("times", value, at_least=5.0, error=0.1 if value < 5 else 0.0).verdict == verdict
