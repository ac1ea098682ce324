"""A worker's stop: what is stuck is confessed before it is given back, and the rest is taken off the board."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from doubles.lent_signals import lent_signals
from punctuald.clock import Clock, SystemClock
from punctuald.delivery.drain import Drain
from punctuald.policy.recycling import RecyclingRules
from punctuald.process import worker as worker_module
from punctuald.process.channel import ChildEnd, open_channel
from punctuald.process.children import EXIT_CRASHED
from punctuald.process.frames import Dump, Stuck, Up
from punctuald.process.inbox import Inbox
from punctuald.process.slot import Running, Slot
from punctuald.process.worker import Limits, Worker
from punctuald.stats.board import Board
from punctuald.stats.layout import Layout

ENDS_SOON_SECONDS = 0.01


@pytest.fixture(autouse=True)
def _process_comes_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`run` takes the whole process's signals and switch interval, for it has a process of its own."""
    monkeypatch.setattr("sys.setswitchinterval", lambda _: None)
    with lent_signals(worker_module):
        yield


class Stop:
    """A worker that is stopped while its slots are at something, and the supervisor at the other end."""

    def __init__(self, *, stuck: bool, supervised: bool = True, told: Dump | None = None) -> None:
        self.story: list[str] = []
        self.told: list[Up] = []
        self.deaths = 0
        self.clock: Clock = SystemClock()
        self._parent, child = open_channel()
        self._stuck = stuck
        self.board = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=1, workers=1))
        self.running = Running("orders", "order 7", self.clock.mono(), 1.0)
        with capture_logs() as self.log:
            worker = self._worker(child)
            if not supervised:
                self._parent.close()
            if told is not None:
                self._parent.send(told)
            os.kill(os.getpid(), signal.SIGINT)
            self.status = worker.run()
        child.close()
        self._parent.close()

    def _worker(self, child: ChildEnd) -> Worker:
        return Worker(
            lanes=[],
            slots=[cast("Slot", self)],
            drain=cast("Drain", self),
            stats=self.board.writer(0),
            channel=child,
            controls={},
            inbox=Inbox(),
            clock=self.clock,
            limits=Limits(0.0, 0.0, RecyclingRules(), 0.0),
            own_memory_bytes=lambda: 0,
            deaths_of=self.deaths_of,
            forked_mono=0.0,
        )

    @property
    def drained(self) -> Any:
        return next(line for line in self.log if line["event"] == "worker.drained")

    # --- as the supervisor

    def deaths_of(self, message_id: str) -> int:
        """The first look is the worker's own, before it confesses; the supervisor is not the fastest."""
        assert message_id == "order 7"
        heard = self._parent.read() if self._parent.fileno() >= 0 else []
        if heard:
            self.told += heard
            self.story.append("accused")
            self.deaths += 1
        return self.deaths

    # --- as the slot

    handled = 0
    ended = False

    def start(self) -> None:
        self.story.clear()
        self.board.writer(0).ready(self.clock.mono(), start_seconds=0.1)

    def is_stuck(self, _now_mono: float) -> bool:
        return self._stuck

    def acquit(self) -> None:
        self.story.append("acquitted")

    # --- as the drain

    def begin(self) -> None:
        self.ready_when_it_began = self.board.reader(0).ready_mono
        self.story.append("begun")

    def wait_received(self, deadline_mono: float) -> bool:
        return deadline_mono - self.clock.mono() > ENDS_SOON_SECONDS

    def give_up_unfinished(self) -> None:
        self.story.append("given back")

    def flush(self, _deadline_mono: float) -> None:
        self.story.append("flushed")

    def end(self) -> None:
        self.story.append("ended")

    def fates(self) -> dict[str, Any]:
        return {}

    def summary(self) -> dict[str, int]:
        return {}


def test_what_is_stuck_is_suspect_before_it_is_given_back_and_stays_on_the_board() -> None:
    stop = Stop(stuck=True)
    assert stop.story == ["begun", "accused", "given back", "flushed", "ended"]
    assert stop.told == [Stuck(("order 7",))]
    assert stop.status == EXIT_CRASHED


def test_what_was_merely_not_finished_in_time_is_taken_off_the_board_once_it_is_given_back() -> None:
    stop = Stop(stuck=False)
    assert stop.story == ["begun", "given back", "flushed", "acquitted", "ended"]
    assert stop.status == 0


def test_from_the_first_moment_of_its_stop_a_worker_is_not_ready() -> None:
    assert Stop(stuck=False).ready_when_it_began is None


def test_a_receiver_that_takes_a_moment_to_end_has_abandoned_no_poll() -> None:
    assert Stop(stuck=False).drained["abandoned_polls"] is False


def test_with_the_supervisor_gone_what_is_stuck_is_given_back_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_ACCUSED_SECONDS", 0.05)
    stop = Stop(stuck=True, supervised=False)
    assert stop.story == ["begun", "given back", "flushed", "ended"]
    assert [line["event"] for line in stop.log].count("worker.orphaned") == 1


def test_a_worker_that_is_asked_logs_its_state_and_goes_on() -> None:
    stop = Stop(stuck=False, told=Dump())
    [state] = [line for line in stop.log if line["event"] == "worker.state"]
    assert (state["ready"], state["retiring"], state["leaving"], state["handled"]) == (False, False, True, 0)
    assert list(state["running"]) == ["order 7"]
    assert (stop.status, stop.story[-1]) == (0, "ended")
