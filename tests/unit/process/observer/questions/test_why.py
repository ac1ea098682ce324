"""Why there are, or were, so many workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from doubles.process.remembered_reply import RememberedReply
from punctuald.clock import ManualClock
from punctuald.process.channel.operator_frames import Explained
from punctuald.process.observer.questions.why import Why
from punctuald.process.observer.status.decision_history import DecisionHistory

STATUS: Mapping[str, object] = {
    "state": "running",
    "reload_failed": None,
    "pool": {},
    "tiers": [],
    "queues": [],
    "workers": ["many"],
}


class Scene:
    """A decision for one worker at the beginning, and one for two a minute later."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.decisions = DecisionHistory(self.clock)
        self.why = Why(self.decisions, lambda: STATUS)

    def decide(self, workers: int) -> None:
        self.decisions.add(Explained(orjson.dumps({"workers": workers}).decode()))

    def ask(self, **arguments: Any) -> Any:
        reply = RememberedReply()
        self.why.answer(arguments, reply)
        return reply.said


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.decide(1)
    made.clock.advance(60)
    made.decide(2)
    return made


def test_now_is_the_newest_decision_and_what_else_stands_in_the_way(scene: Scene) -> None:
    said = scene.ask(at_utc=None)
    assert said["decision"] == {"utc": "2023-11-14T22:14:20.000Z", "fields": {"workers": 2}}
    assert set(said) == {"decision", "state", "reload_failed", "pool", "tiers", "queues"}


def test_then_is_the_decision_that_was_in_force_and_nothing_of_now(scene: Scene) -> None:
    assert scene.ask(at_utc=1_700_000_059)["decision"]["fields"] == {"workers": 1}
    assert set(scene.ask(at_utc=1_700_000_060.0)) == {"decision"}
    assert scene.ask(at_utc=1_700_000_060.0)["decision"]["fields"] == {"workers": 2}


def test_before_what_is_remembered_the_log_is_named(scene: Scene) -> None:
    assert scene.ask(at_utc=1_699_999_999) == (
        "nothing is remembered from before 2023-11-14T22:13:20.000Z; the log has it: --log FILE"
    )


def test_before_the_first_decision_there_is_none() -> None:
    assert Scene().ask() == "the autoscaler has said nothing yet"
    assert Scene().ask(at_utc=1_700_000_000) == "the autoscaler has said nothing yet"


@pytest.mark.parametrize("at_utc", [True, "now", [1], {}])
def test_what_is_no_time_is_refused(scene: Scene, at_utc: object) -> None:
    assert scene.ask(at_utc=at_utc) == "at_utc: must be seconds since the epoch, or null for now"


def test_what_else_is_said_is_refused(scene: Scene) -> None:
    assert scene.ask(at=7) == "at: nothing of that name is known here"
