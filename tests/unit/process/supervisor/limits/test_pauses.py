"""Which queues stand still, and who hears of it."""

from __future__ import annotations

import pytest

from punctuald.process.channel.frames import Down, Pause, Resume
from punctuald.process.supervisor.limits.pauses import Pauses


@pytest.fixture
def said() -> list[Down]:
    return []


@pytest.fixture
def pauses(said: list[Down]) -> Pauses:
    return Pauses(said.append)


def test_every_worker_hears_of_a_pause_and_of_its_end_once(pauses: Pauses, said: list[Down]) -> None:
    assert [pauses.pause("orders"), pauses.pause("orders")] == [True, False]
    assert [pauses.resume("orders"), pauses.resume("orders")] == [True, False]
    assert said == [Pause("orders"), Resume("orders")]


def test_a_worker_that_is_forked_later_hears_of_what_is_paused(pauses: Pauses) -> None:
    pauses.pause("orders")
    pauses.pause("bills")
    pauses.resume("bills")
    heard: list[Down] = []
    pauses.worker_started(heard.append)
    assert heard == [Pause("orders")]


def test_a_queue_that_is_not_drained_any_more_is_not_paused_when_it_comes_back(pauses: Pauses) -> None:
    pauses.pause("orders")
    pauses.keep(["bills"])
    pauses.keep(["orders", "bills"])
    assert pauses.paused == frozenset()
