"""KEDA's SQS scaler, by hand."""

from __future__ import annotations

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.keda import KedaSettings, variants


def test_messages_in_flight_count_as_much_as_those_that_wait() -> None:
    assert KedaSettings().scaler().workers(seen(visible=12, in_flight=18, ordered=4)) == 6


def test_an_unknown_length_changes_nothing() -> None:
    assert KedaSettings().scaler().workers(seen(depth=None, ordered=7)) == 7


def test_hindsight_has_twelve_settings_the_published_first() -> None:
    assert len(variants()) == 12
    assert variants()[0] == KedaSettings(queue_length=5)
