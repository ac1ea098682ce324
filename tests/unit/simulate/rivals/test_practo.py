"""Practo's worker pod autoscaler, by hand."""

from __future__ import annotations

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.practo import WpaSettings

SETTINGS = WpaSettings(job_seconds=0.05)


def test_workers_are_the_queues_length_over_the_messages_for_each() -> None:
    assert SETTINGS.scaler().workers(seen(visible=42, in_flight=8, sent=0)) == 10


def test_the_rate_of_the_last_minute_is_a_floor() -> None:
    scaler = SETTINGS.scaler()
    numbers = [scaler.workers(seen(20.0 * poll, in_flight=0, sent=3_200, ordered=1)) for poll in range(3)]
    assert numbers == [1, 1, 8]  # 9,600 a minute of 0.05 s


def test_a_tenth_more_is_not_worth_a_change() -> None:
    assert SETTINGS.scaler().workers(seen(visible=55, in_flight=0, sent=0, ordered=10)) == 10
    assert SETTINGS.scaler().workers(seen(visible=56, in_flight=0, sent=0, ordered=10)) == 12


def test_it_shrinks_ten_minutes_after_the_last_change() -> None:
    scaler = SETTINGS.scaler()
    assert scaler.workers(seen(0, visible=50, in_flight=0, sent=0, ordered=4)) == 10
    assert scaler.workers(seen(580, in_flight=0, sent=0, ordered=10)) == 10
    assert scaler.workers(seen(600, in_flight=0, sent=0, ordered=10)) == 1


def test_an_unknown_length_changes_nothing() -> None:
    assert SETTINGS.scaler().workers(seen(depth=None, sent=0, ordered=7)) == 7
