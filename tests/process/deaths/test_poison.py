"""Handlers that never come back, or take the worker with them: retried elsewhere, and stopped after a few deaths."""

from __future__ import annotations

import os
import signal

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.given import HELD

NEVER_RETURNS = """
def handle(message: Message) -> None:
    note("begun", message)
    while message.body == "poison":
        time.sleep(0.1)
"""
TAKES_THE_WORKER_ALONG = """
def handle(message: Message) -> None:
    note("begun", message)
    if message.body == "poison":
        os._exit(STATUS)
"""


def test_a_handler_that_never_returns_is_left_and_its_message_dead_lettered_at_last(daemon: DaemonUnderTest) -> None:
    daemon.start(NEVER_RETURNS, pool={"poison_deaths": 2}, queue={"time_limit_seconds": 0.2})
    first = daemon.worker()
    [message_id] = daemon.send("poison")
    assert daemon.wait_for("handler.stuck", message_id=message_id)["seconds"] > 0.2
    daemon.wait_for("process.retiring", pid=first, reason="handler stuck")
    daemon.wait_for("process.exited", pid=first, status=70)
    daemon.wait_done(daemon.send("wholesome"))
    body, reason = daemon.dead_letter()
    assert (body, "workers died" in reason) == ("poison", True)
    pids = [pid for said, pid in daemon.notes("begun") if said == "poison"]
    assert len(pids) == len(set(pids)) == 2, "run by two workers, and by no third: a suspect before it is released"


@pytest.mark.parametrize("status", [3, 0])
def test_a_message_that_kills_its_worker_is_dead_lettered_after_three_deaths(
    strict_daemon: DaemonUnderTest, status: int
) -> None:
    daemon = strict_daemon
    handler = TAKES_THE_WORKER_ALONG.replace("STATUS", str(status))
    daemon.start(handler, pool={"poison_deaths": 3}, queue={"visibility_seconds": 1})
    [message_id] = daemon.send("poison")
    body, reason = daemon.dead_letter()
    assert (body, reason) == ("poison", "3 workers died while they ran it")
    deaths = daemon.events("process.exited", status=status, asked=False, level="error")
    assert [death["held_messages"] for death in deaths] == [[message_id]] * 3
    assert len({pid for _, pid in daemon.notes("begun")}) == 3
    assert len(daemon.events("process.backoff")) == 3, "it died young each time"
    daemon.wait_done(daemon.send("wholesome"))


def test_a_worker_that_a_person_stops_makes_nothing_suspect_though_its_handler_goes_on(
    daemon: DaemonUnderTest,
) -> None:
    daemon.start(HELD, pool={"poison_deaths": 1, "drain_timeout_seconds": 0.5})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    stopped = daemon.worker()
    os.kill(stopped, signal.SIGTERM)
    exited = daemon.wait_for("process.exited", pid=stopped)
    assert (exited["status"], exited["asked"], exited["held_messages"]) == (0, False, [])
    assert exited["level"] == "info"
    daemon.let_go()
    daemon.wait_done([message_id])
