"""Time in which a process stood still is charged to nobody."""

from __future__ import annotations

from math import inf

import pytest

from punctuald.policy.pool.fleet import PoolSlot
from punctuald.policy.pool.standstill import StandStill, is_evidence, lost_seconds, stood_still, woken

WAIT_SECONDS = 1.0


@pytest.mark.parametrize("turn_seconds", [0.0, 1.0, 2.0])
def test_a_turn_of_up_to_twice_the_longest_wait_is_time_awake(turn_seconds: float) -> None:
    assert stood_still(100.0, 100.0 + turn_seconds, WAIT_SECONDS, cpu_seconds=0.0) is None


def test_of_a_longer_turn_only_so_much_was_spent_awake() -> None:
    still = stood_still(100.0, 107.0, WAIT_SECONDS, cpu_seconds=0.1)
    assert still == StandStill(102.0, 107.0)
    assert still.seconds == 5.0


def test_a_process_that_was_kept_busy_did_not_stand_still() -> None:
    assert stood_still(100.0, 107.0, WAIT_SECONDS, cpu_seconds=7.0) is None
    assert stood_still(100.0, 107.0, WAIT_SECONDS, cpu_seconds=5.5) == StandStill(105.5, 107.0)


@pytest.mark.parametrize(
    ("since", "until", "lost"),
    [(90.0, 99.0, 0.0), (90.0, 104.0, 2.0), (103.0, 104.0, 1.0), (100.0, 130.0, 8.0), (112.0, 130.0, 0.0)],
)
def test_what_was_lost_of_a_time_is_its_overlap_with_the_stand_stills(since: float, until: float, lost: float) -> None:
    assert lost_seconds([StandStill(102.0, 107.0), StandStill(109.0, 112.0)], since, until) == lost


def test_two_that_overlap_count_once() -> None:
    assert lost_seconds([StandStill(102.0, 107.0), StandStill(102.0, 107.01)], 100.0, 200.0) == pytest.approx(5.01)


def test_what_is_due_is_due_so_much_later() -> None:
    still = StandStill(102.0, 107.0)
    assert woken(PoolSlot(0, due_mono=103.0), still).due_mono == 108.0
    assert woken(PoolSlot(0), still).due_mono is None


def test_silence_is_evidence_only_of_who_has_shown_itself_since_the_machine_woke() -> None:
    assert is_evidence(110.0, 107.0)
    assert not is_evidence(101.0, 107.0)
    assert is_evidence(101.0, -inf), "it never stood still"
