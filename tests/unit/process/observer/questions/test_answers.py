"""Each verb has its answer, and each of the supervisor's words its place."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from doubles.process.pool_states import pool_state
from doubles.process.remembered_reply import RememberedReply
from doubles.process.status_bench import StatusBench
from punctuald.process.channel.frames import Up
from punctuald.process.channel.operator_frames import Answered, Explained
from punctuald.process.observer.questions.answers import Answers


class Room:
    def offer(self, frame: Up) -> bool:
        del frame
        return True


class Scene:
    def __init__(self) -> None:
        self.bench = StatusBench()
        self.answers = Answers(
            self.bench.status, self.bench.decisions, lambda: {"ready": True}, Room(), self.bench.clock
        )

    def ask(self, verb: str, **arguments: Any) -> RememberedReply:
        reply = RememberedReply()
        self.answers.answerers[verb](arguments, reply)
        return reply


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_these_can_be_asked(scene: Scene) -> None:
    assert set(scene.answers.answerers) == {
        *("ready", "status", "why", "dump"),
        *("scale", "pause", "resume", "drain", "reload"),
    }


def test_what_the_supervisor_says_of_its_pool_is_in_the_document(scene: Scene) -> None:
    scene.answers.hear(pool_state(wanted=5))
    said = scene.ask("status").said
    assert isinstance(said, dict)
    assert said["pool"]["workers_wanted"] == 5


def test_what_the_autoscaler_says_is_the_decision_in_force(scene: Scene) -> None:
    scene.answers.hear(Explained(orjson.dumps({"workers": 3}).decode()))
    said = scene.ask("why").said
    assert isinstance(said, dict)
    assert said["decision"]["fields"] == {"workers": 3}


def test_what_becomes_of_an_order_is_answered(scene: Scene) -> None:
    reply = scene.ask("scale", workers=2)
    scene.answers.hear(Answered(1, done=True, text="2 workers"))
    assert reply.said == {"text": "2 workers"}


@pytest.mark.parametrize("verb", ["ready", "status"])
def test_what_takes_nothing_says_so(scene: Scene, verb: str) -> None:
    assert scene.ask(verb, queue="orders").said == "takes nothing else"
    assert isinstance(scene.ask(verb).said, dict)


def test_while_a_dump_is_made_it_wants_to_look_again_soon(scene: Scene) -> None:
    assert scene.answers.seconds_to_next > 1
    scene.bench.worker(pid=2**22 + 1)
    scene.answers.hear(pool_state(processes=(("worker", 0, 2**22 + 1, "ready", 1, 1.0),)))
    reply = scene.ask("dump")
    assert reply.said is not None  # of a process that is gone nothing is waited for
    assert scene.answers.seconds_to_next > 1
