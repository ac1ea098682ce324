"""When a downstream counts as away, who asks whether it is back, how often, and how its queue opens again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.delivery.downstream import (
    EVIDENCE_SECONDS,
    RAMP_SECONDS,
    RECEIVE_TURN_SECONDS,
    TURN_SECONDS,
    Agreed,
    Raised,
    Report,
    agreed,
    alone_seconds,
    at_once,
    hidden_seconds,
    is_away,
    probe_due_mono,
    prober,
    wait_seconds,
)
from punctuald.policy.delivery.lease import WAITING_SECONDS

NOW = 1_000.0
ANNA, BERT = 1, 2


@pytest.mark.parametrize(
    ("raised_by", "ago_seconds", "up_ago_seconds", "away"),
    [
        (BERT, EVIDENCE_SECONDS - 0.1, 500.0, True),
        (ANNA, 1.0, 500.0, False),  # the same message
        (BERT, EVIDENCE_SECONDS + 0.1, 500.0, False),  # too long ago
        (BERT, 5.0, 4.0, False),  # before it was back
    ],
)
def test_two_messages_within_ten_seconds_since_it_was_back_mean_that_it_is_away(
    raised_by: int, ago_seconds: float, up_ago_seconds: float, away: bool
) -> None:
    other = Report(raised_mono=NOW - ago_seconds, raised_by=raised_by)
    assert is_away(ANNA, [Report(), other], NOW - up_ago_seconds, NOW) is away


@pytest.mark.parametrize(("up_ago", "done_ago", "away"), [(2.0, 0.5, False), (2.0, 1.5, True), (8.0, 0.5, True)])
def test_while_it_comes_back_nothing_must_have_been_done_for_a_second(
    up_ago: float, done_ago: float, away: bool
) -> None:
    reports = [Report(raised_mono=NOW - 0.1, raised_by=BERT), Report(done_mono=NOW - done_ago)]
    assert is_away(ANNA, reports, NOW - up_ago, NOW) is away


def test_who_said_anything_last_is_believed_whoever_it_was() -> None:
    down, up = Report(down_mono=5.0, probed_mono=6.0, probes=2), Report(up_mono=7.0)
    assert agreed([]).is_down is False
    assert agreed([down]) == Agreed(5.0, 0.0, 6.0, 2)
    assert agreed([down]).is_down
    assert not agreed([down, up]).is_down
    assert not agreed([up, down]).is_down
    assert agreed([down, up, Report(down_mono=8.0)]).is_down


def test_what_a_handler_asked_for_holds_for_all_workers_and_for_this_outage_only() -> None:
    asked, other = Report(down_mono=5.0, not_before_mono=60.0), Report(down_mono=5.0)
    assert probe_due_mono(agreed([asked, other]), 1.0) == 60.0
    assert probe_due_mono(agreed([asked, Report(down_mono=20.0)]), 1.0) == 21.0
    assert probe_due_mono(agreed([asked, Report(down_mono=5.000000001)]), 1.0) == 60.0, "the board rounds"


def test_probes_of_an_earlier_outage_do_not_lengthen_the_back_off_of_this_one() -> None:
    assert agreed([Report(down_mono=5.0, probed_mono=6.0, probes=9), Report(down_mono=10.0)]).probes == 0


@pytest.mark.parametrize(
    ("reports", "place"),
    [
        ([], None),
        ([Report()], None),
        ([Report(), Report(ready=True)], 1),
        ([Report(ready=True), Report(ready=True, held=3), Report(ready=True, held=9)], 1),
        ([Report(held=3), Report(ready=True)], 1),  # one that ends holds nothing for long
    ],
)
def test_the_first_ready_worker_that_holds_one_asks_or_else_the_first_ready_one(
    reports: list[Report], place: int | None
) -> None:
    assert prober(reports) == place


@pytest.mark.parametrize(
    ("overdue_seconds", "place"),
    [
        (-5.0, 1),
        (TURN_SECONDS - 0.1, 1),
        (TURN_SECONDS, 3),
        (2 * TURN_SECONDS, 2),  # which has to receive one first
        (2 * TURN_SECONDS + RECEIVE_TURN_SECONDS, 1),  # and all round again
    ],
)
def test_when_a_probe_is_overdue_the_turn_passes_on_to_whoever_may_be_able_to(
    overdue_seconds: float, place: int
) -> None:
    reports = [Report(held=9), Report(ready=True, held=3), Report(ready=True), Report(ready=True, held=1)]
    assert prober(reports, overdue_seconds) == place


@pytest.mark.parametrize(
    ("times", "retry_after", "seconds"),
    [(1, None, 1.0), (4, 0.0, 8.0), (1, 5.0, 5.0), (5, 5.0, 16.0), (1, 3_600.0, 900.0)],
)
def test_alone_it_waits_by_the_back_off_and_not_less_than_its_handler_wants(
    times: int, retry_after: float | None, seconds: float
) -> None:
    assert alone_seconds(times, retry_after, 1.0) == seconds


@given(st.integers(0, 1_000_000), st.floats(0, 1))
def test_the_next_try_comes_within_thirty_seconds_and_never_at_once(times: int, jitter: float) -> None:
    assert 0.5 <= wait_seconds(times, jitter) <= 30.0


@given(st.integers(0, 5), st.floats(0, 1))
def test_waits_double_and_half_of_each_is_certain(times: int, jitter: float) -> None:
    ceiling = min(30.0, 2**times)
    assert ceiling / 2 <= wait_seconds(times, jitter) <= ceiling
    due = probe_due_mono(Agreed(down_mono=NOW, probed_mono=NOW + 3 if times else 0.0, probes=times), jitter)
    assert due == pytest.approx(NOW + (3 if times else 0) + wait_seconds(times, jitter))


@given(st.floats(0, 20), st.floats(0, 20))
def test_the_ramp_begins_with_one_never_falls_and_ends(one: float, other: float) -> None:
    earlier, later = (at_once(seconds) for seconds in sorted((one, other)))
    assert at_once(0.0) == 1
    assert at_once(RAMP_SECONDS) is None
    assert later is None or (earlier is not None and 1 <= earlier <= later)


def test_a_message_has_failed_when_others_passed_it_between_its_tries() -> None:
    raised = Raised()
    for at, passed in ((1.0, 0.0), (2.0, 1.5), (3.0, 1.5), (4.0, 3.5)):
        assert not raised.is_own_fault
        raised = raised.again(passed, at)
    assert raised.is_own_fault
    assert (raised.times, raised.counted) == (4, 3)


def test_what_a_message_meets_while_its_queue_opens_again_is_no_fault_of_its_own() -> None:
    raised = Raised().again(0.0, 1.0)
    for at in (30.0, 30.5, 31.0, 31.5):
        raised = raised.again(at - 0.1, at, comes_back=True)
    assert (raised.times, raised.counted) == (5, 1)
    for at in (40.0, 41.0):
        assert not raised.is_own_fault
        raised = raised.again(at - 0.1, at)
    assert raised.is_own_fault


def test_what_goes_back_at_a_stop_is_for_others_at_once_and_what_was_kept_too_long_is_hidden() -> None:
    assert hidden_seconds(60.0) == 0.0
    assert hidden_seconds(WAITING_SECONDS + 1) == 900.0
