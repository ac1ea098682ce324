from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from punctuald.policy.delivery.miss_cause import (
    NEVER,
    Lateness,
    MissCause,
    Span,
    miss_cause,
    overlap_seconds,
    short_of_workers,
)

EVERYTHING = Lateness(
    late_seconds=1.0,
    stage_seconds=(0.0, 3.0, 0.5, 0.4, 0.1),
    outage_seconds=1.0,
    downstream_seconds=1.0,
    tried_before=True,
    short_seconds=1.0,
)


def test_of_several_causes_the_first_in_the_order_of_the_semantics_is_named() -> None:
    without = [
        {"outage_seconds": 0.0},
        {"downstream_seconds": 0.0},
        {"tried_before": False},
        {"short_seconds": 0.0},
    ]
    late, found = EVERYTHING, [miss_cause(EVERYTHING)]
    for fields in without:
        late = replace(late, **fields)  # type: ignore[arg-type]
        found.append(miss_cause(late))
    assert found == [
        MissCause.OUTAGE,
        MissCause.DOWNSTREAM,
        MissCause.REDELIVERY,
        MissCause.SCALE_UP_LAG,
        MissCause.QUEUE,
    ]


@pytest.mark.parametrize("stage", range(5))
def test_where_nothing_was_wrong_the_longest_stage_is_to_blame(stage: int) -> None:
    seconds = [1.0] * 5
    seconds[stage] = 2.0
    assert miss_cause(Lateness(3.0, seconds)) == MissCause.PRODUCE + stage


def test_a_moments_outage_is_not_blamed_for_a_minute_of_waiting() -> None:
    late = Lateness(late_seconds=57.0, stage_seconds=(0.0, 60.0, 0.0, 0.0, 0.0), outage_seconds=0.2)
    assert miss_cause(late) is MissCause.QUEUE


def test_an_outage_without_which_it_would_have_been_on_time_is_blamed_however_short() -> None:
    late = Lateness(late_seconds=0.2, stage_seconds=(0.0, 60.0, 0.0, 0.0, 0.0), outage_seconds=0.2)
    assert miss_cause(late) is MissCause.OUTAGE


def test_an_outage_is_blamed_for_the_backlog_behind_it() -> None:
    late = Lateness(late_seconds=57.0, stage_seconds=(0.0, 60.0, 0.0, 0.0, 0.0), outage_seconds=6.0)
    assert miss_cause(late) is MissCause.OUTAGE


def test_only_what_was_the_case_meanwhile_overlaps() -> None:
    assert overlap_seconds(NEVER, 0.0, 10.0) == 0.0
    assert overlap_seconds(Span(2.0, 5.0), 4.0, 10.0) == 1.0
    assert overlap_seconds(Span(2.0, inf), 4.0, 10.0) == 6.0
    assert overlap_seconds(Span(11.0, inf), 4.0, 10.0) == 0.0


def test_the_pool_is_short_from_the_order_until_the_last_worker_is_ready() -> None:
    span = short_of_workers(NEVER, ordered=2, ready=2, now_mono=1.0)
    assert span is NEVER
    span = short_of_workers(span, ordered=5, ready=2, now_mono=2.0)
    span = short_of_workers(span, ordered=6, ready=4, now_mono=3.0)
    assert span == (2.0, inf)
    span = short_of_workers(span, ordered=6, ready=6, now_mono=4.0)
    assert short_of_workers(span, ordered=6, ready=7, now_mono=9.0) == (2.0, 4.0)


def test_before_the_first_worker_there_never_was_one() -> None:
    span = short_of_workers(NEVER, ordered=2, ready=0, now_mono=100.0)
    assert overlap_seconds(span, 10.0, 50.0) == 40.0
