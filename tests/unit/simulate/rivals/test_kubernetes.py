"""The HPA, by hand."""

from __future__ import annotations

import pytest

from punctuald.simulate.rivals.kubernetes import HorizontalPodAutoscaler, HpaSettings


def hpa() -> HorizontalPodAutoscaler:
    return HorizontalPodAutoscaler(HpaSettings())


@pytest.mark.parametrize(
    ("metric", "replicas"),
    [
        (50, 10),  # 10 x 5: on target
        (54.9, 10),  # 9.8 % over: within the tolerance
        (45.1, 10),  # 9.8 % under
        (56, 12),  # ceil(56 / 5)
        (200, 20),  # 40 are wanted, but no more than as many again
    ],
)
def test_replicas_follow_the_metric_beyond_the_tolerance(metric: float, replicas: int) -> None:
    assert hpa().replicas(0, 10, metric, 5) == replicas


def test_a_small_pool_grows_by_four() -> None:
    assert hpa().replicas(0, 1, 100, 5) == 5
    assert hpa().replicas(0, 3, 100, 5) == 7


def test_it_shrinks_to_the_highest_of_five_minutes() -> None:
    scaler = hpa()
    assert scaler.replicas(0, 10, 50, 5) == 10
    for tick in range(1, 20):  # 15 s to 285 s
        assert scaler.replicas(15 * tick, 10, 30 if tick == 4 else 10, 5) == 10
    assert scaler.replicas(300, 10, 10, 5) == 6  # the 10 of second 0 is forgotten, the 6 of second 60 is not
    assert scaler.replicas(360, 6, 10, 5) == 2


def test_one_is_always_left() -> None:
    assert HorizontalPodAutoscaler(HpaSettings(down_window_seconds=15)).replicas(0, 3, 0, 5) == 1
