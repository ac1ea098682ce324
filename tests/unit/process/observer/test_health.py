"""Healthy is a daemon whose supervisor comes round."""

from __future__ import annotations

import os
import threading

import pytest

from punctuald.clock import ManualClock
from punctuald.process.observer.health import SILENT_SECONDS, Health
from punctuald.stats.board.tables.supervisor_words import SupervisorWords


def test_a_supervisor_that_came_round_just_now_is_healthy() -> None:
    words, clock = SupervisorWords(), ManualClock()
    words.turned(clock.mono())
    clock.advance(1.5)
    assert Health(words, clock).document() == {
        "healthy": True,
        "supervisor": os.getppid(),
        "supervisor_silent_seconds": 1.5,
    }


def test_one_that_hangs_is_not_and_is_again_when_it_goes_on() -> None:
    words, clock = SupervisorWords(), ManualClock()
    health = Health(words, clock)
    words.turned(clock.mono())
    clock.advance(SILENT_SECONDS)
    assert health.document()["healthy"] is False
    words.turned(clock.mono())
    assert health.document()["healthy"] is True


def test_one_that_never_came_round_is_unknown_and_not_healthy() -> None:
    document = Health(SupervisorWords(), ManualClock()).document()
    assert (document["healthy"], document["supervisor_silent_seconds"]) == (False, None)


def test_one_that_is_gone_is_not_healthy_however_lately_it_was_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    words, clock = SupervisorWords(), ManualClock()
    words.turned(clock.mono())
    health = Health(words, clock)
    monkeypatch.setattr(os, "getppid", threading.get_native_id)  # the subreaper's
    assert (health.document()["healthy"], health.document()["supervisor"]) == (False, None)
