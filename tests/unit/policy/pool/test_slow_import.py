"""An import that takes long has a line well before its worker is killed for it."""

from __future__ import annotations

import pytest

from punctuald.policy.pool.slow_import import WORTH_A_LINE_SECONDS, is_worth_a_line, stack_after_seconds


@pytest.mark.parametrize(("timeout_seconds", "from_seconds"), [(30, WORTH_A_LINE_SECONDS), (3600, 10), (5, 2.5)])
def test_it_is_told_after_ten_seconds_or_half_of_the_time_that_it_has(
    timeout_seconds: float, from_seconds: float
) -> None:
    assert not is_worth_a_line(100.0, 100.0 + from_seconds - 0.01, timeout_seconds)
    assert is_worth_a_line(100.0, 100.0 + from_seconds, timeout_seconds)


def test_its_stack_is_shown_before_it_is_killed() -> None:
    assert stack_after_seconds(30) == 24
