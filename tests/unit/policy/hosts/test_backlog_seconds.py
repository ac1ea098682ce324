from __future__ import annotations

import pytest

from punctuald.policy.hosts.backlog_seconds import backlog_seconds_per_worker


def test_it_is_how_long_the_workers_need_for_their_part() -> None:
    assert backlog_seconds_per_worker(1200, handle_seconds=0.5, hosts=2, slots=8) == pytest.approx(37.5)


def test_twice_as_many_slots_need_half_the_time() -> None:
    some = backlog_seconds_per_worker(100, handle_seconds=0.1, hosts=1, slots=4)
    assert backlog_seconds_per_worker(100, handle_seconds=0.1, hosts=1, slots=8) == pytest.approx(some / 2)


def test_nothing_that_waits_takes_no_time() -> None:
    assert backlog_seconds_per_worker(0, handle_seconds=9.0, hosts=1, slots=1) == 0
