"""Visibility timeouts that are neither too short to renew nor too long to wait for."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS, capped, renew_at_mono, visibility_seconds


@pytest.mark.parametrize(
    ("p99_seconds", "asked"), [(None, 30), (0.0, 10), (0.2, 10), (3.4, 11), (20.0, 60), (300.0, 900), (9_999.0, 900)]
)
def test_auto_is_three_times_the_slow_end_within_limits(p99_seconds: float | None, asked: int) -> None:
    assert visibility_seconds(p99_seconds, "auto") == asked


def test_a_configured_visibility_is_taken_as_it_is() -> None:
    assert visibility_seconds(20.0, 7) == 7


def test_a_lease_is_renewed_at_half_its_life() -> None:
    assert renew_at_mono(1_000.0, 30) == 1_015.0


def test_a_lease_is_never_asked_for_beyond_twelve_hours_after_the_receive() -> None:
    nearly = 1_000.0 + LONGEST_LEASE_SECONDS - 20

    assert capped(30, received_mono=1_000.0, now_mono=1_010.0) == 30
    assert capped(30, received_mono=1_000.0, now_mono=nearly) == 15
    assert capped(30, received_mono=1_000.0, now_mono=nearly + 15) == 0
    assert capped(30, received_mono=1_000.0, now_mono=nearly + 999) == 0
