"""Silence is measured by the supervisor's own time awake."""

from __future__ import annotations

import os
import signal

import pytest

from captured_logs import capture_logs
from doubles.process.settings_generation import generation
from punctuald.clock import ManualClock
from punctuald.policy.pool.fleet import Event, State
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.death import Death
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.process.supervisor.watch import Watch
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

MESSAGE = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Watched:
    """One worker that is running a message, its heartbeats made by hand; it has really been forked, and only waits."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=1, workers=1))
        self.stats = self.board.writer(0)
        self.process = ManagedProcess(0, "worker", self.clock)
        self.process.start(generation(self.board, self._wait), 0, self._wait, [])
        self.process.became_ready(0.1)
        self.stats.attach(self.process.pid, self.clock.mono())
        self.stats.handler_slot(0).start(MESSAGE, 0, self.clock.mono())
        self._pid = self.process.pid
        self._watch = Watch(self.clock, longest_wait_seconds=1.0)
        self.log: list[str] = []

    @staticmethod
    def _wait(_channel: ChildEnd) -> int:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        signal.pause()
        return 0

    def turn(self, seconds: float = 1.0, *, beats: bool = True) -> State:
        """One turn of the supervisor, ``seconds`` after the one before."""
        self.clock.advance(seconds)
        if beats:
            self.stats.heartbeat(self.clock.mono())
        with capture_logs() as log:
            self._watch.wake([self.process])
            self._watch.look([self.process])
        self.log += [line["event"] for line in log]
        return self.process.slot.state

    def silence(self, seconds: int) -> list[State]:
        return [self.turn(beats=False) for _ in range(seconds)]

    def die(self) -> int:
        """Of how many deaths its message is suspected then."""
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self.process.ended(Death(self._pid, status), 1)
        return self.board.tables.suspects.deaths(MESSAGE)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_worker_that_falls_silent_is_killed_and_what_it_ran_is_suspect(watched: Watched) -> None:
    watched.turn()
    assert watched.silence(21)[-1] is State.KILLING
    assert watched.die() == 1
    assert "clock.stood_still" not in watched.log


def test_a_machine_that_stood_still_kills_nobody_who_shows_himself_then(watched: Watched) -> None:
    watched.turn()
    assert watched.turn(3_600.0, beats=False) is State.READY
    assert watched.silence(15)[-1] is State.READY, "everybody has all of his time again"
    assert [watched.turn() for _ in range(30)][-1] is State.READY
    assert watched.log == ["clock.stood_still"]
    watched.process.order(Event.KILL)
    watched.die()


def test_who_never_shows_himself_again_is_killed_and_his_message_not_suspected_for_it(watched: Watched) -> None:
    watched.turn()
    watched.turn(3_600.0, beats=False)
    assert watched.silence(21)[-1] is State.KILLING
    assert watched.die() == 0


def test_who_shows_himself_and_falls_silent_then_is_as_suspect_as_ever(watched: Watched) -> None:
    watched.turn(3_600.0, beats=False)
    watched.turn()
    assert watched.silence(21)[-1] is State.KILLING
    assert watched.die() == 1


def test_the_time_to_drain_is_longer_by_what_was_lost(watched: Watched) -> None:
    watched.process.order(Event.DRAIN)
    assert watched.turn(3_600.0) is State.DRAINING
    assert [watched.turn() for _ in range(25)][-1] is State.DRAINING
    assert [watched.turn() for _ in range(5)][-1] is State.STOPPING
    watched.process.order(Event.KILL)
    watched.die()
