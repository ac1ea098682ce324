"""What observer and supervisor say to one another of the pool and of what a person orders."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from doubles.process.pool_states import pool_state
from punctuald.process.channel.frame_reader import LONGEST_LINE_BYTES
from punctuald.process.channel.frames import Down, FrameError, Up, decode_down, decode_up, encode
from punctuald.process.channel.operator_frames import Answered, Explained, Order, Verb
from punctuald.process.supervisor.by_hand.pool_report import LONGEST_REASON


@pytest.mark.parametrize(
    "frame",
    [
        Order(1, Verb.SCALE, workers=4),
        Order(2, Verb.SCALE),
        Order(3, Verb.PAUSE, queue="orders"),
        Order(4, Verb.DRAIN),
        Explained('{"workers": 4}'),
    ],
)
def test_what_the_observer_and_the_autoscaler_say_is_understood(frame: Up) -> None:
    assert decode_up(encode(frame)) == frame


@pytest.mark.parametrize(
    "frame",
    [
        Answered(7, done=True, text="4 workers"),
        Explained("{}"),
        pool_state(),
        pool_state(scaled_to=3, unavailable=(("orders", "denied"),), paused=(("orders",), ("invoices",))),
    ],
)
def test_what_the_supervisor_says_is_understood(frame: Down) -> None:
    assert decode_down(encode(frame)) == frame


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"verb": "stop"}, "order.verb: must be one of scale, pause, resume, drain, reload"),
        ({"verb": ["scale"]}, "order.verb: must be one of"),
        ({"workers": -1}, "order.workers: must be a whole number"),
        ({"workers": True}, "order.workers: must be a whole number"),
        ({"queue": ""}, "order.queue: must be text of 1 to"),
        ({"number": 1.0}, "order.number: must be a whole number"),
        ({"more": 1}, "order: other fields than number, verb, workers, queue"),
    ],
)
def test_an_order_that_is_none_is_refused_by_field_and_without_its_value(changed: dict[str, Any], why: str) -> None:
    said = {"kind": "order", "number": 1, "verb": "scale", "workers": None, "queue": None, **changed}
    with pytest.raises(FrameError) as refused:
        decode_up(orjson.dumps(said))
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize(
    "processes", [None, {}, [[]], [["worker", 0]], [["worker", 0, 1, "ready", 1, None]], ["worker"]]
)
def test_a_pool_whose_rows_have_other_columns_is_refused(processes: object) -> None:
    said = {**orjson.loads(encode(pool_state())), "processes": processes}
    with pytest.raises(FrameError, match=r"^poolstate\.processes: must be "):
        decode_down(orjson.dumps(said))


def test_a_child_can_not_say_what_is_the_supervisors_to_say() -> None:
    with pytest.raises(FrameError, match="unknown kind"):
        decode_up(encode(pool_state()))
    with pytest.raises(FrameError, match="unknown kind"):
        decode_down(encode(Order(1, Verb.DRAIN)))


def test_a_pool_of_four_hundred_workers_and_256_queues_that_are_away_fits_into_a_line() -> None:
    workers = tuple(("worker", index, 4_000_000 + index, "starting", 99, 1e6 + index) for index in range(400))
    away = tuple((f"queue-{number}", "é" * LONGEST_REASON) for number in range(256))
    assert len(encode(pool_state(processes=workers, unavailable=away))) < LONGEST_LINE_BYTES / 2
