"""How much of a shard is read a second: half by the newest renewal, half by all before it."""

from __future__ import annotations

from punctuald.policy.leases.throughput import KIB, Throughput, measured


def test_the_first_measurement_counts_whole_and_a_burst_for_half() -> None:
    first = measured(Throughput(0.0), 100 * KIB, 10.0)
    assert first.kbps == 10.0
    assert measured(first, 400 * KIB, 20.0).kbps == 20.0


def test_two_measurements_at_one_time_are_one() -> None:
    first = measured(Throughput(0.0), 100 * KIB, 10.0)
    assert measured(first, 200 * KIB, 10.0) is first
