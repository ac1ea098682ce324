"""Celery's autoscaler, by hand."""

from __future__ import annotations

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.celery_autoscale import CelerySettings


def test_it_grows_at_once_to_a_process_for_each_message_in_its_hands() -> None:
    assert CelerySettings().scaler().workers(seen(visible=12, in_flight=16, ordered=4)) == 7


def test_it_knows_no_more_messages_than_it_prefetched() -> None:
    assert CelerySettings().scaler().workers(seen(visible=5_000, in_flight=4, ordered=1)) == 4


def test_it_shrinks_only_half_a_minute_after_the_last_growth() -> None:
    scaler = CelerySettings().scaler()
    assert scaler.workers(seen(0, visible=32, ordered=4)) == 10
    assert scaler.workers(seen(30, in_flight=8, ordered=10)) == 10
    assert scaler.workers(seen(31, in_flight=8, ordered=10)) == 2


def test_before_it_has_grown_once_it_never_shrinks() -> None:
    assert CelerySettings().scaler().workers(seen(900, in_flight=1, ordered=10)) == 10


def test_it_does_not_shrink_while_all_are_busy() -> None:
    scaler = CelerySettings().scaler()
    scaler.workers(seen(0, visible=32, ordered=4))
    assert scaler.workers(seen(60, in_flight=8, ordered=10, ready=10, busy_slots=40)) == 10
