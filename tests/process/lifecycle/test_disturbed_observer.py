"""Whatever is done to the observer, messages hear nothing of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psutil
import pytest

from doubles.process.scrape_flood import NEVER_READING, flooded
from process.daemon_under_test import DaemonUnderTest
from process.lifecycle.test_http import get, started

ROUNDS, MESSAGES = 15, 10
PAUSE_SECONDS = 0.2
TIERS = [{"name": "seconds", "threshold_seconds": 10}]  # with two cores that others use as well

Disturbance = Callable[[DaemonUnderTest, int], AbstractContextManager[None]]


@contextmanager
def killed(daemon: DaemonUnderTest, _port: int) -> Iterator[None]:
    psutil.Process(daemon.observer()).kill()
    yield


@contextmanager
def hung(daemon: DaemonUnderTest, _port: int) -> Iterator[None]:
    observer = psutil.Process(daemon.observer())
    observer.suspend()
    yield
    observer.resume()


@contextmanager
def scraped_to_death(_daemon: DaemonUnderTest, port: int) -> Iterator[None]:
    with flooded(port) as counts:
        yield
    assert counts[0].stuck >= NEVER_READING
    assert counts[0].scrapes > ROUNDS * PAUSE_SECONDS * 100, counts  # far fewer than wanted, where others compute too


@pytest.mark.parametrize("disturbance", [killed, hung, scraped_to_death])
def test_nothing_is_lost_or_late_and_it_reports_again(daemon: DaemonUnderTest, disturbance: Disturbance) -> None:
    port = started(daemon, sla={"tier": TIERS})
    daemon.wait_done(daemon.send("first"))
    bodies = [f"{number}-{of_round}" for of_round in range(ROUNDS) for number in range(MESSAGES)]
    with disturbance(daemon, port):
        for of_round in range(ROUNDS):
            daemon.send(*bodies[of_round * MESSAGES : (of_round + 1) * MESSAGES])
            time.sleep(PAUSE_SECONDS)
        daemon.wait_noted("handled", len(bodies) + 1)
    daemon.wait_until(lambda: get(port, "/healthz") is not None, "that it answers")
    daemon.wait_until(lambda: len(daemon.events("message.done")) == len(bodies) + 1, "that all are done")
    assert Counter(body for body, _ in daemon.notes("handled")) == Counter(["first", *bodies])
    assert daemon.events("message.breached") == []
    assert daemon.events("process.exited", role="worker") == []
