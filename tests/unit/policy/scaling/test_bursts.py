"""What is kept for the next burst, computed by hand."""

from __future__ import annotations

import pytest

from punctuald.model import Arrivals
from punctuald.policy.scaling.bursts import Bursts, learn, workers_to_keep

START = 1_000
ONE_BURST = ((START, 400),)
STEADY = tuple((START + second, 80) for second in range(60))


def learnt(arrivals: Arrivals, *, lead: float = 2.0, slack: float = 3.0, until: float = START + 60) -> Bursts:
    return learn(Bursts(), arrivals, until, now_mono=50.0, lead=lead, slack=slack)


def kept(arrivals: Arrivals, *, lead: float, slack: float, reinforced: int) -> float:
    """Workers of which one handles 20 messages a second, in four slots, and none is needed for anything else."""
    return workers_to_keep(
        learnt(arrivals, lead=lead, slack=slack), lead, slack, 20.0, reinforced, slots_per_worker=4, running=0.0
    )


def test_a_burst_is_known_by_its_messages_within_one_two_four_seconds_up_to_the_lead() -> None:
    assert learnt(ONE_BURST, lead=5.5).worst == ((1, 400), (2, 400), (4, 400), (6, 400))
    assert learnt(STEADY, lead=2.0).worst == ((1, 80), (2, 160))


def test_nothing_received_teaches_nothing() -> None:
    assert learnt(()).worst == ((1, 0), (2, 0))
    assert kept((), lead=2.0, slack=3.0, reinforced=8) == 0.0
    assert workers_to_keep(Bursts(), 2.0, 3.0, 20.0, 8, slots_per_worker=4, running=0.0) == 0.0


def test_the_second_of_the_head_is_not_complete_and_teaches_nothing_yet() -> None:
    assert learnt(ONE_BURST, until=START + 0.9).worst == ((1, 0), (2, 0))


def test_what_was_more_than_ten_minutes_ago_is_forgotten() -> None:
    assert learnt(ONE_BURST, until=START + 600).worst[0] == (1, 400)
    assert learnt(ONE_BURST, until=START + 601).worst[0] == (1, 0)


def test_a_burst_that_is_over_before_anyone_can_help_is_met_by_those_who_are_kept() -> None:
    # 400 messages are 20 worker-seconds of work; the last one of the burst's second may start after 1 + 1 s.
    assert kept(ONE_BURST, lead=2.0, slack=1.0, reinforced=64) == 20 / (1 + 1)


def test_reinforcements_spare_those_who_would_wait_for_the_burst() -> None:
    # 2 s alone, then 1 + 3 - 2 = 2 s with all eight, who do 16 of the 20 worker-seconds.
    assert kept(ONE_BURST, lead=2.0, slack=3.0, reinforced=8) == (20 - 8 * 2) / 2


def test_where_reinforcements_are_enough_nobody_is_kept() -> None:
    assert kept(ONE_BURST, lead=2.0, slack=3.0, reinforced=10) == 0.0


def test_reinforcements_that_are_too_few_to_matter_do_not_raise_what_is_kept() -> None:
    # 20 / (1 + 3) = 5 workers all the while meet it; with only four allowed, five is still the number.
    assert kept(ONE_BURST, lead=2.0, slack=3.0, reinforced=4) == 5.0


def test_what_was_learnt_stands_for_five_seconds() -> None:
    before = learn(Bursts(), ONE_BURST, START + 60, now_mono=50.0, lead=2.0, slack=3.0)

    assert learn(before, STEADY, START + 60, now_mono=54.9, lead=2.0, slack=3.0) is before
    assert learn(before, STEADY, START + 60, now_mono=55.0, lead=2.0, slack=3.0).worst[0] == (1, 80)


def test_where_starts_are_quicker_than_the_slack_no_surge_is_feared() -> None:
    rising = tuple((START + second, 10 if second < 30 else 40) for second in range(60))

    assert learnt(rising, lead=2.0, slack=3.0).surge == 1.0


def test_a_surge_is_how_far_arrivals_outran_the_rate_before_them_within_a_lead() -> None:
    # The worst of 36 moments, 400 for the 120 that 15 s at 10 a second promised, is the one in a hundred that is borne;
    # the next to worst came a second earlier, with nine seconds at 40 and one at 10: 370 for 120.
    rising = tuple((START + second, 10 if second < 30 else 40) for second in range(60))

    assert learnt(rising, lead=10.0, slack=2.0).surge == pytest.approx(370 / 120)


def test_steady_arrivals_never_surge() -> None:
    assert learnt(STEADY, lead=10.0, slack=2.0).surge == 1.0
    assert learnt(STEADY[:20], lead=10.0, slack=2.0).surge == 1.0  # too short to compare
