"""AWS target tracking, by hand: alarms of 3 and of 15 minutes."""

from __future__ import annotations

from doubles.scaling.sights import seen
from punctuald.simulate.rivals.target_tracking import TargetTracking, TargetTrackingSettings, guided


def at(scaler: TargetTracking, minute: int, visible: int, ordered: int = 4) -> int:
    return scaler.workers(seen(60.0 * minute, visible=visible, ordered=ordered, ready=ordered))


def test_the_guides_target_is_what_an_instance_handles_in_the_latency_accepted() -> None:
    assert guided(3.0, 0.2, 4).target_backlog == 60


def test_three_minutes_above_the_target_scale_out_in_proportion() -> None:
    scaler = TargetTrackingSettings(60).scaler()
    assert [at(scaler, minute, 600) for minute in range(3)] == [4, 4, 10]


def test_two_of_three_are_not_enough() -> None:
    scaler = TargetTrackingSettings(60).scaler()
    assert [at(scaler, minute, visible) for minute, visible in enumerate((600, 240, 600, 600))] == [4, 4, 4, 4]


def test_fifteen_minutes_below_nine_tenths_scale_in_by_a_tenth() -> None:
    scaler = TargetTrackingSettings(60).scaler()
    assert [at(scaler, minute, 0, ordered=30) for minute in range(15)] == [30] * 14 + [27]
    assert at(scaler, 15, 0, ordered=27) == 27  # cooling down
    assert at(scaler, 19, 0, ordered=27) == 25


def test_a_backlog_just_below_the_target_is_left_standing() -> None:
    scaler = TargetTrackingSettings(60).scaler()
    assert {at(scaler, minute, 59 * 4) for minute in range(30)} == {4}


def test_no_metric_is_no_reason() -> None:
    scaler = TargetTrackingSettings(60).scaler()
    assert [at(scaler, minute, 600) for minute in range(2)] == [4, 4]
    assert scaler.workers(seen(120, depth=None)) == 4
    assert at(scaler, 3, 600) == 4
