"""The arrivals in the log: every message once, in the second in which it was sent."""

from __future__ import annotations

from punctuald.process.autoscaler.arrival_log import ArrivalLog


def test_each_second_is_told_once_it_is_over_and_the_silent_ones_between_too() -> None:
    log = ArrivalLog()
    assert log.unlogged(((100, 3), (102, 5), (103, 1)), now_utc=103.9) == {"first_second": 100, "counts": [3, 0, 5]}
    assert log.unlogged(((100, 3), (102, 5), (103, 2)), now_utc=104.0) == {"first_second": 103, "counts": [2]}


def test_a_message_that_waited_is_added_to_its_own_second() -> None:
    log = ArrivalLog()
    log.unlogged(((100, 3),), now_utc=105.0)
    assert log.unlogged(((100, 7),), now_utc=110.0) == {"first_second": 100, "counts": [4]}


def test_nothing_new_is_nothing_to_tell() -> None:
    log = ArrivalLog()
    assert log.unlogged((), now_utc=100.0) is None
    log.unlogged(((100, 3),), now_utc=105.0)
    assert log.unlogged(((100, 3),), now_utc=165.0) is None
