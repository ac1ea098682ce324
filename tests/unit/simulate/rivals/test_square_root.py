"""Square-root staffing, by hand."""

from __future__ import annotations

import pytest

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.square_root import SquareRootSettings


@pytest.mark.parametrize(("beta", "workers"), [(0.0, 9), (1.0, 11), (2.0, 12), (4.0, 15)])
def test_the_margin_grows_with_the_root_of_the_load(beta: float, workers: int) -> None:
    sight = seen(sent=180, mean_service_seconds=0.2)  # 36 busy slots, and 6 for each beta
    assert SquareRootSettings(beta).scaler().workers(sight) == workers


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    scaler = SquareRootSettings(0.0).scaler()
    scaler.workers(seen(0, sent=10_000))
    numbers = [scaler.workers(seen(second, sent=20)) for second in range(1, 31)]
    assert numbers[0] > numbers[-2] > 1
    assert numbers[-1] == 1


def test_one_is_always_left() -> None:
    assert SquareRootSettings().scaler().workers(seen(sent=0)) == 1
