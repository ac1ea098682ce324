"""Knative's KPA, by hand."""

from __future__ import annotations

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.knative import Knative, KpaSettings


def run(scaler: Knative, begin: int, concurrencies: list[float], ready: int) -> list[int]:
    return [
        scaler.workers(seen(begin + 2 * tick, concurrency=value, ready=ready))
        for tick, value in enumerate(concurrencies)
    ]


def test_pods_are_the_mean_concurrency_over_seven_tenths_of_theirs() -> None:
    assert run(KpaSettings().scaler(), 0, [28.0] * 30, ready=10)[-1] == 10  # 28 / 2.8
    assert run(KpaSettings().scaler(), 0, [8.0, 12.0], ready=4)[-1] == 4  # a mean of 10


def test_twice_what_is_ready_within_six_seconds_is_panic_and_counts_at_once() -> None:
    scaler = KpaSettings().scaler()
    run(scaler, 0, [11.0] * 30, ready=4)
    # (11 + 11 + 50) / 3 = 24 makes 9 pods, and 9 / 4 >= 2; over 60 s it would still be a mean of 12.3, or 5 pods
    assert run(scaler, 60, [50.0], ready=4) == [9]


def test_in_panic_nothing_is_given_up_for_a_minute() -> None:
    scaler = KpaSettings().scaler()
    run(scaler, 0, [11.0] * 30, ready=4)
    run(scaler, 60, [50.0], ready=4)
    calm = run(scaler, 62, [11.0] * 40, ready=9)
    assert calm[:30] == [9] * 30
    assert calm[-1] == 4


def test_it_halves_at_most() -> None:
    scaler = KpaSettings(stable_window_seconds=20.0).scaler()
    run(scaler, 0, [56.0] * 10, ready=20)
    assert run(scaler, 20, [0.0] * 10, ready=20)[-1] == 10
