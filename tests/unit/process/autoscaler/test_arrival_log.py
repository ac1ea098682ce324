"""The arrivals in the log: every message once, in the second in which it was sent."""

from __future__ import annotations

import orjson

from punctuald.logs import LINE_BYTES
from punctuald.process.autoscaler.arrival_log import MOST_COUNTS, ArrivalLog


def test_each_second_is_told_once_it_is_over_and_the_silent_ones_between_too() -> None:
    log = ArrivalLog()
    assert log.unlogged(((100, 3), (102, 5), (103, 1)), now_utc=103.9) == [{"first_second": 100, "counts": [3, 0, 5]}]
    assert log.unlogged(((100, 3), (102, 5), (103, 2)), now_utc=104.0) == [{"first_second": 103, "counts": [2]}]


def test_a_message_that_waited_is_added_to_its_own_second() -> None:
    log = ArrivalLog()
    log.unlogged(((100, 3),), now_utc=105.0)
    assert log.unlogged(((100, 7),), now_utc=110.0) == [{"first_second": 100, "counts": [4]}]


def test_nothing_new_is_nothing_to_tell() -> None:
    log = ArrivalLog()
    assert log.unlogged((), now_utc=100.0) == []
    log.unlogged(((100, 3),), now_utc=105.0)
    assert log.unlogged(((100, 3),), now_utc=165.0) == []


def test_a_quarter_of_an_hour_at_once_is_several_lines_none_of_which_is_cut() -> None:
    arrivals = tuple((second, 9_999) for second in range(1_000, 1_900))
    events = ArrivalLog().unlogged(arrivals, now_utc=2_000.0)
    assert [(event["first_second"], event["counts"]) for event in events] == [
        (first, [9_999] * MOST_COUNTS) for first in (1_000, 1_300, 1_600)
    ]
    assert all(len(orjson.dumps(event)) < LINE_BYTES / 2 for event in events)
