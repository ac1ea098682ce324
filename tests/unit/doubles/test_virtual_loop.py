"""The loop on virtual time, which the laws' tests stand on."""

from __future__ import annotations

import asyncio

import pytest

from doubles.virtual_loop import run
from punctuald.clock import ManualClock
from punctuald.testing.virtual_loop import NothingToWaitForError, TurnsWithoutTimeError, VirtualLoop


def test_a_year_of_sleep_takes_no_time_and_ends_at_its_moment() -> None:
    clock = ManualClock(mono=5)
    year_seconds = 365 * 24 * 3600.0
    run(asyncio.sleep(year_seconds), clock)
    assert clock.mono() == 5 + year_seconds


def test_timers_fire_in_the_order_of_their_times() -> None:
    clock = ManualClock(mono=0)
    fired: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        fired.append((name, clock.mono()))

    async def all_of_them() -> None:
        await asyncio.gather(sleep("third", 3), sleep("first", 1), sleep("second", 2))

    run(all_of_them(), clock)
    assert fired == [("first", 1), ("second", 2), ("third", 3)]


def test_a_deadlock_is_an_error_and_not_a_wait() -> None:
    async def wait_for_nobody() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingToWaitForError, match="wait for one another"):
        run(wait_for_nobody(), ManualClock())


def test_tasks_left_behind_are_cancelled() -> None:
    left: list[asyncio.Task[None]] = []

    async def leave_one() -> None:
        left.append(asyncio.create_task(asyncio.sleep(60)))
        await asyncio.sleep(1)

    clock = ManualClock(mono=0)
    run(leave_one(), clock)
    assert (left[0].cancelled(), clock.mono()) == (True, 1)


def test_what_asks_again_at_once_for_ever_is_an_error_and_not_a_test_that_hangs() -> None:
    async def ask_at_once() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(TurnsWithoutTimeError):
        run(ask_at_once(), ManualClock())


def test_a_moment_that_is_hardly_away_is_reached() -> None:
    clock = ManualClock(mono=0)

    async def wait_until(mono: float) -> None:
        while clock.mono() < mono:
            await asyncio.sleep(mono - clock.mono())

    run(wait_until(5e-8), clock)
    assert clock.mono() >= 5e-8


def test_it_says_what_timers_would_call_and_lets_a_look_be_had_at_each_turn() -> None:
    clock = ManualClock(mono=0)
    looks: list[float] = []

    def nothing() -> None:
        raise AssertionError("it was cancelled")

    async def look() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.on_turn = lambda: looks.append(clock.mono())
        timer = loop.call_later(60, nothing)
        assert loop.scheduled() == [nothing]
        timer.cancel()
        assert loop.scheduled() == []
        await asyncio.sleep(1)

    run(look(), clock)
    assert {0.0, 1.0} <= set(looks)
