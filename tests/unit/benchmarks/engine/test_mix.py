"""The mix is the same in every run, and has about one slow message in a hundred."""

from __future__ import annotations

import pytest

from benchmarks.engine.mix import LOADS, WARM_MESSAGES, Load, slow_numbers


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.name)
def test_about_one_in_a_hundred_is_slow_and_none_of_the_first(load: Load) -> None:
    slow = slow_numbers(load)

    assert slow == slow_numbers(load)
    assert 0.005 < len(slow) / load.messages < 0.02
    assert min(slow) >= WARM_MESSAGES
    assert max(slow) < WARM_MESSAGES + load.messages
