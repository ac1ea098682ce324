"""An order goes to the supervisor, and its answer to whoever gave it."""

from __future__ import annotations

from typing import Any

import pytest

from doubles.process.remembered_reply import RememberedReply
from punctuald.clock import ManualClock
from punctuald.process.channel.frames import Up
from punctuald.process.channel.operator_frames import Answered, Order, Verb
from punctuald.process.observer.questions.orders import ANSWER_SECONDS, Orders


class Supervisor:
    """``frames`` are those that it got; ``room``: whether it takes more; None = it is gone."""

    def __init__(self) -> None:
        self.frames: list[Up] = []
        self.room: bool | None = True

    def offer(self, frame: Up) -> bool:
        if self.room is None:
            raise BrokenPipeError
        if self.room:
            self.frames.append(frame)
        return self.room


class Scene:
    def __init__(self) -> None:
        self.clock, self.supervisor = ManualClock(), Supervisor()
        self.orders = Orders(self.supervisor, self.clock)

    def ask(self, verb: str, **arguments: Any) -> RememberedReply:
        reply = RememberedReply()
        self.orders.answerers[verb](arguments, reply)
        return reply


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("verb", "arguments", "order"),
    [
        ("scale", {"workers": 4}, Order(1, Verb.SCALE, workers=4)),
        ("scale", {"workers": 0}, Order(1, Verb.SCALE, workers=0)),
        ("scale", {"workers": None}, Order(1, Verb.SCALE)),
        ("pause", {"queue": "orders"}, Order(1, Verb.PAUSE, queue="orders")),
        ("pause", {"queue": None}, Order(1, Verb.PAUSE)),
        ("resume", {}, Order(1, Verb.RESUME)),
        ("drain", {}, Order(1, Verb.DRAIN)),
        ("reload", {}, Order(1, Verb.RELOAD)),
    ],
)
def test_what_is_ordered_comes_to_the_supervisor(
    scene: Scene, verb: str, arguments: dict[str, Any], order: Order
) -> None:
    assert scene.ask(verb, **arguments).said is None
    assert scene.supervisor.frames == [order]


def test_the_supervisors_word_is_the_answer(scene: Scene) -> None:
    reply = scene.ask("scale", workers=4)
    scene.orders.answered(Answered(1, done=True, text="4 workers"))
    assert reply.said == {"text": "4 workers"}


def test_a_refusal_of_the_supervisors_is_one(scene: Scene) -> None:
    reply = scene.ask("reload")
    scene.orders.answered(Answered(1, done=False, text="the daemon is stopping"))
    assert reply.said == "the daemon is stopping"


def test_each_answer_finds_who_asked_for_it_in_whatever_order_they_come(scene: Scene) -> None:
    first, second = scene.ask("scale", workers=1), scene.ask("scale", workers=2)
    scene.orders.answered(Answered(2, done=True, text="two"))
    scene.orders.answered(Answered(1, done=True, text="one"))
    assert (first.said, second.said) == ({"text": "one"}, {"text": "two"})


def test_a_number_is_never_used_again_so_that_a_late_answer_is_nobody_elses(scene: Scene) -> None:
    late = scene.ask("scale", workers=1)
    scene.clock.advance(ANSWER_SECONDS)
    scene.orders.look()
    later = scene.ask("scale", workers=2)
    scene.orders.answered(Answered(1, done=True, text="one"))
    assert "has not answered within 10 s; it may still do it" in str(late.said)
    assert later.said is None


def test_an_answer_is_given_once(scene: Scene) -> None:
    reply = scene.ask("drain")
    scene.orders.answered(Answered(1, done=True, text="draining"))
    scene.clock.advance(ANSWER_SECONDS)
    scene.orders.look()
    scene.orders.answered(Answered(1, done=False, text="again"))
    assert reply.said == {"text": "draining"}


@pytest.mark.parametrize("room", [False, None], ids=["does not read", "is gone"])
def test_where_the_supervisor_takes_no_order_that_is_said_at_once(scene: Scene, room: bool | None) -> None:
    scene.supervisor.room = room
    assert scene.ask("drain").said == "the supervisor takes no orders just now: try again"


@pytest.mark.parametrize(
    ("verb", "arguments", "why"),
    [
        ("scale", {}, "workers: must be a whole number from 0"),
        ("scale", {"workers": -1}, "workers: must be"),
        ("scale", {"workers": 1.0}, "workers: must be"),
        ("scale", {"workers": True}, "workers: must be"),
        ("scale", {"workers": "4"}, "workers: must be"),
        ("scale", {"workers": 10**9}, "workers: must be"),
        ("scale", {"workers": 1, "queue": "orders"}, "queue: nothing of that name is known here"),
        ("pause", {"queue": ""}, "queue: must be a queue's name"),
        ("pause", {"queue": 7}, "queue: must be"),
        ("pause", {"queue": "x" * 513}, "queue: must be"),
        ("resume", {"queues": ["orders"]}, "queues: nothing of that name"),
        ("drain", {"queue": "orders"}, "queue: nothing of that name"),
        ("reload", {"x" * 99: None}, f"{'x' * 40}: nothing"),
    ],
)
def test_what_could_be_no_order_is_refused_here(scene: Scene, verb: str, arguments: dict[str, Any], why: str) -> None:
    assert str(scene.ask(verb, **arguments).said).startswith(why)
    assert scene.supervisor.frames == []
