"""Why a worker is to end, and with which status."""

from __future__ import annotations

import asyncio

import pytest

from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.process.channel.channel import open_channel
from punctuald.process.channel.frames import Recycle
from punctuald.process.worker.leaving import Leaving
from punctuald.process.worker.supervisor_line import SupervisorLine


@pytest.mark.parametrize(
    ("said", "status"), [((0,), 0), ((0, 70), 70), ((78, 0), 78), ((78, 70), 78), ((0, 0, 70, 78), 70)]
)
def test_the_first_status_that_is_not_0_stays(said: tuple[int, ...], status: int) -> None:
    leaving = Leaving()
    assert leaving.status is None
    for number in said:
        leaving.leave(number)
    assert leaving.status == status


def test_who_is_in_a_hurry_stays_in_a_hurry() -> None:
    leaving = Leaving()
    leaving.leave(0)
    assert not leaving.is_fast
    leaving.leave(0, fast=True)
    leaving.leave(70)
    assert leaving.is_fast


@on_virtual_time
async def test_it_is_awaited_until_there_is_a_reason(clock: ManualClock) -> None:
    leaving = Leaving()
    waiting = asyncio.create_task(leaving.wait())
    await asyncio.sleep(60)
    assert not waiting.done()
    leaving.leave(0)
    said_mono = clock.mono()
    await waiting
    assert clock.mono() == said_mono


def test_a_supervisor_that_is_gone_is_no_error() -> None:
    parent, child = open_channel()
    line = SupervisorLine(child)
    line.send(Recycle("of age"))
    assert parent.read() == [Recycle("of age")]
    parent.close()
    for _ in range(3):
        line.send(Recycle("of age"))
    child.close()
