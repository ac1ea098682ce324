from __future__ import annotations

from math import inf

import pytest

from punctuald.policy.log_lines.sampling import gap


def test_all_are_told_of_or_none() -> None:
    assert [gap(share, 0.5) for share in (1.0, 0.0)] == [1, inf]


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_the_share_is_kept_in_the_long_run(share: float) -> None:
    draws = 20_000
    told_of_each = [gap(share, (number + 0.5) / draws) for number in range(draws)]
    assert draws / sum(told_of_each) == pytest.approx(share, rel=0.01)


@pytest.mark.parametrize("share", [1e-310, 5e-324])
@pytest.mark.parametrize("drawn", [0.5, 1 - 2**-53])
def test_of_a_share_too_small_to_reckon_with_none_is_told_of(share: float, drawn: float) -> None:
    assert gap(share, drawn) == inf


def test_the_very_next_one_has_the_same_chance_as_any_other() -> None:
    draws = 1_000
    assert sum(gap(0.25, number / draws) == 1 for number in range(draws)) == 250
