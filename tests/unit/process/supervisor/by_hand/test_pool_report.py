"""What the observer hears of the pool, and when."""

from __future__ import annotations

import os
from math import inf

import pytest

from doubles.process import settings_generation
from punctuald.clock import ManualClock
from punctuald.policy.pool.fleet import Event
from punctuald.process.channel.frames import Down, Unavailable
from punctuald.process.channel.operator_frames import PoolState
from punctuald.process.notify import Notifier
from punctuald.process.supervisor.announcements import Announcements
from punctuald.process.supervisor.by_hand.orders import OperatorOrders
from punctuald.process.supervisor.by_hand.pool_report import LONGEST_REASON, REPORT_SECONDS, PoolReport
from punctuald.process.supervisor.companions import Companions
from punctuald.process.supervisor.generations import Generations
from punctuald.process.supervisor.limits.pauses import Pauses
from punctuald.process.supervisor.managed_process import ManagedProcess
from punctuald.process.supervisor.pool import Pool
from punctuald.process.supervisor.queue_states import QueueStates
from punctuald.process.supervisor.stop import DaemonStop


class Observer(ManagedProcess):
    """One with this pid, which remembers what it was sent."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(0, "observer", clock)
        self.number = 70
        self.sent: list[Down] = []

    @property
    def pid(self) -> int:
        return self.number

    def send(self, frame: Down) -> None:
        self.sent.append(frame)


class Scene:
    def __init__(self) -> None:
        self.clock = ManualClock()
        generation = settings_generation.numbered(1)
        generations, pool, self.queues = Generations(generation), Pool(self.clock), QueueStates(["orders"], self.clock)
        pool.make_room(generation)
        self.pauses = Pauses(lambda _: None)
        self.stop = DaemonStop(pool, Notifier({}), self.clock)
        announcements = Announcements(generations, pool, self.queues, Notifier({}), self.clock)
        orders = OperatorOrders(generations, self.pauses, self.stop, lambda: 2)
        self.report = PoolReport(
            generations, pool, self.queues, self.pauses, orders, announcements, self.stop, self.clock
        )
        self.companions = Companions(self.clock)
        self.observer = self.companions.observer = Observer(self.clock)

    def look(self, *, target: int = 1, wanted: int = 1) -> PoolState | None:
        """What the observer was sent at this look."""
        before = len(self.observer.sent)
        self.report.look(self.companions, target, wanted)
        sent = self.observer.sent[before:]
        assert all(isinstance(frame, PoolState) for frame in sent)
        return sent[0] if sent else None  # type: ignore[return-value]  # just asserted

    def later(self, **wanted: int) -> PoolState | None:
        """At the next look that may say anything."""
        self.clock.advance(REPORT_SECONDS)
        return self.look(**wanted)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_new_observer_hears_everything_at_once(scene: Scene) -> None:
    first = scene.look(target=1, wanted=2)
    assert first is not None
    assert (first.pid, first.state, first.generation) == (os.getpid(), "starting", 1)
    assert (first.target, first.wanted, first.scaled_to) == (1, 2, None)
    scene.observer.number = 71
    assert scene.look(target=1, wanted=2) == first


def test_what_has_not_changed_is_not_said_again(scene: Scene) -> None:
    scene.look()
    assert scene.later() is None
    assert scene.report.due_mono == inf


def test_what_changes_all_the_time_is_said_twice_a_second_and_at_last_as_it_is(scene: Scene) -> None:
    scene.look()
    assert [scene.look(wanted=wanted) for wanted in range(2, 30)] == [None] * 28
    assert scene.report.due_mono == scene.clock.mono() + REPORT_SECONDS
    said = scene.later(wanted=30)
    assert said is not None
    assert said.wanted == 30


def test_while_there_is_no_observer_nothing_is_said(scene: Scene) -> None:
    scene.observer.number = 0
    assert scene.look() is None


def test_queues_that_are_away_or_paused_are_named_with_reasons_of_a_fit_length(scene: Scene) -> None:
    scene.look()
    scene.queues.changed(1, Unavailable("orders", "x" * 5000, refused=True))
    scene.pauses.pause("orders")
    said = scene.later()
    assert said is not None
    assert said.unavailable == (("orders", "x" * LONGEST_REASON),)
    assert said.paused == (("orders",),)


def test_a_daemon_that_stops_is_draining(scene: Scene) -> None:
    scene.look()
    scene.stop.order(Event.DRAIN, "asked to stop")
    said = scene.later()
    assert said is not None
    assert said.state == "draining"
