"""What a service manager has to allow grows with what the settings ask for, and is named only where it does not do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from punctuald.policy.pool.service_limits import DaemonSize, ServiceLimit, service_limits, too_low

USUAL = DaemonSize(stop_seconds=79, max_workers=8, slots=4, coroutines=100, sources=1)
SHIPPED = {"TimeoutStopSec": 110, "TasksMax": 4096, "LimitNOFILE": 8192, "LogRateLimitBurst": 250_000}


def least(size: DaemonSize) -> dict[str, int]:
    return {limit.directive: limit.least for limit in service_limits(size)}


def test_default_settings_fit_the_unit_as_it_is_shipped() -> None:
    assert too_low(service_limits(USUAL), SHIPPED) == ()


def test_the_stop_is_given_its_longest_time_and_a_margin() -> None:
    assert least(replace(USUAL, stop_seconds=120.5))["TimeoutStopSec"] == 131


def test_each_worker_is_counted_twice_for_its_successor_comes_before_it_has_drained() -> None:
    one, two = (least(replace(USUAL, max_workers=workers))["TasksMax"] for workers in (1, 2))
    assert two - one == 2 * (12 + 2 * 4 + 24)


def test_the_coroutines_of_a_worker_need_descriptors_and_no_threads() -> None:
    many = least(replace(USUAL, coroutines=4096))
    assert many["TasksMax"] == least(USUAL)["TasksMax"]
    assert many["LimitNOFILE"] > least(USUAL)["LimitNOFILE"] + 4 * 3996


def test_a_worker_stays_below_the_share_of_its_descriptors_at_which_it_would_be_replaced() -> None:
    needed = 128 + 8 * 104 + 128
    assert 0.8 * least(USUAL)["LimitNOFILE"] >= needed


def test_a_large_pool_is_the_supervisors_to_hold_open() -> None:
    small_workers = DaemonSize(stop_seconds=79, max_workers=512, slots=1, coroutines=1, sources=1)
    limits = {limit.directive: limit for limit in service_limits(small_workers)}
    assert limits["LimitNOFILE"] == ServiceLimit("LimitNOFILE", 5280, "the supervisor of 1024 workers")


@pytest.mark.parametrize(
    ("grown", "directives"),
    [
        ({"stop_seconds": 101}, ["TimeoutStopSec"]),
        ({"max_workers": 60}, ["TasksMax", "LogRateLimitBurst"]),
        ({"slots": 256}, ["TasksMax"]),
        ({"coroutines": 1000}, ["LimitNOFILE"]),
    ],
)
def test_only_what_is_too_low_is_named(grown: dict[str, int], directives: list[str]) -> None:
    assert [limit.directive for limit in too_low(service_limits(replace(USUAL, **grown)), SHIPPED)] == directives
