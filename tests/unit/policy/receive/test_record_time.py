"""Producers write a record's time themselves: what can't be true is not believed."""

from __future__ import annotations

import pytest

from punctuald.policy.receive.record_time import AHEAD_ALLOWED_SECONDS, LONGEST_AGE_SECONDS, trusted_utc

NOW = 1_800_000_000.0


@pytest.mark.parametrize("age", [0.0, 1.0, 86_400.0, LONGEST_AGE_SECONDS, -1.0, -AHEAD_ALLOWED_SECONDS])
def test_a_time_that_can_be_true_is_believed(age: float) -> None:
    assert trusted_utc(NOW - age, NOW, by_broker=False) == NOW - age


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(NOW / 1000, id="seconds taken for milliseconds"),
        pytest.param(0.001, id="1"),
        pytest.param(-0.005, id="before 1970"),
        pytest.param(0.0, id="none"),
        pytest.param(None, id="nothing"),
        pytest.param(NOW + 3_600, id="an hour ahead"),
        pytest.param(NOW - 401 * 86_400, id="older than any log"),
    ],
)
def test_a_time_that_can_not_be_true_is_not(wrong: float | None) -> None:
    assert trusted_utc(wrong, NOW, by_broker=False) is None


def test_what_the_broker_wrote_is_right_whatever_our_clock_says() -> None:
    assert trusted_utc(NOW + 3_600, NOW, by_broker=True) == NOW + 3_600
    assert trusted_utc(NOW - 401 * 86_400, NOW, by_broker=True) == NOW - 401 * 86_400
    assert trusted_utc(-0.001, NOW, by_broker=True) is None
