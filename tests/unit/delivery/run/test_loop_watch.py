"""Whether an event loop in another thread turns, and whose step it is where it does not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from punctuald.clock import ManualClock
from punctuald.delivery.run.loop_watch import Blocked, LoopWatch, owner_of_step

PATIENCE_SECONDS = 20.0


class WatchedLoop:
    """An event loop in a thread of its own, which can be blocked by a step of somebody's."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.loop = asyncio.new_event_loop()
        self.watch = LoopWatch(self.loop, self.clock)
        self.let_go = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        self.turn()

    def turn(self) -> None:
        """Wait until the loop has come to all that it was given."""
        turned = threading.Event()
        self.loop.call_soon_threadsafe(turned.set)
        assert turned.wait(PATIENCE_SECONDS)

    def look_after(self, seconds: float) -> Blocked | None:
        self.clock.advance(seconds)
        self.watch.look()
        return self.watch.blocked

    def block(self, owner: object) -> None:
        begun, context = threading.Event(), copy_context()
        context.run(owner_of_step.set, owner)

        def step() -> None:
            begun.set()
            self.let_go.wait(PATIENCE_SECONDS)

        self.loop.call_soon_threadsafe(step, context=context)
        assert begun.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        self.let_go.set()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self.loop.close()

    def _run(self) -> None:
        self.watch.begin(threading.get_ident())
        self.loop.run_forever()


@pytest.fixture
def watched() -> Iterator[WatchedLoop]:
    made = WatchedLoop()
    made.start()
    yield made
    made.end()


def test_a_loop_that_turns_answers_from_look_to_look(watched: WatchedLoop) -> None:
    for _ in range(3):
        assert watched.look_after(1) is None
        watched.turn()
        assert watched.watch.turned_mono == watched.clock.mono()


def test_a_step_that_is_the_same_at_two_looks_blocks_and_is_somebodys(watched: WatchedLoop) -> None:
    owner = object()
    turned_mono = watched.watch.turned_mono
    watched.block(owner)
    assert watched.look_after(1) is None
    first_seen_mono = watched.clock.mono()
    for _ in range(5):
        assert watched.look_after(1) == Blocked(owner, first_seen_mono)
    assert watched.watch.turned_mono == turned_mono
    watched.let_go.set()
    watched.turn()
    assert watched.watch.blocked is None
    assert watched.watch.turned_mono == watched.clock.mono()


def test_a_machine_that_stood_still_for_a_minute_charges_nobody_with_it(watched: WatchedLoop) -> None:
    owner = object()
    watched.block(owner)
    watched.look_after(1)
    assert watched.look_after(60) is None
    woke_mono = watched.clock.mono()
    assert watched.look_after(1) == Blocked(owner, woke_mono)


def test_while_nothing_is_to_be_run_it_counts_as_turning(watched: WatchedLoop) -> None:
    watched.block(None)
    watched.look_after(1)
    watched.clock.advance(60)
    watched.watch.idle()
    assert (watched.watch.blocked, watched.watch.turned_mono) == (None, watched.clock.mono())
