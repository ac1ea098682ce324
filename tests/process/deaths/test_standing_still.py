"""A machine that stood still: a paused container, a snapshot, a live migration. Nobody is killed for it on waking."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from process.daemon_under_test import DaemonUnderTest

TIMEOUT_SECONDS = 5.0
STILL_SECONDS = TIMEOUT_SECONDS + 3.0
SHORT = """
def handle(message: Message) -> None:
    note("begun", message)
    time.sleep(2)
    note("ended", message)
"""
SHORT_COROUTINE = """
import asyncio
async def handle(message: Message) -> None:
    note("begun", message)
    await asyncio.sleep(2)
    note("ended", message)
"""


def stand_still(daemon: DaemonUnderTest, seconds: float) -> None:
    """The supervisor first and last: it must not see its children stand still."""
    tree = daemon.tree()
    for each in tree:
        each.send_signal(signal.SIGSTOP)
    daemon.wait_until(lambda: all(each.status() == psutil.STATUS_STOPPED for each in tree), "everything to stop")
    time.sleep(seconds)
    for each in reversed(tree):
        each.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("handler", [SHORT, SHORT_COROUTINE])
def test_a_machine_that_stood_still_kills_nobody_and_charges_no_message(
    strict_daemon: DaemonUnderTest, handler: str
) -> None:
    daemon = strict_daemon
    daemon.start(
        handler,
        pool={"min_workers": 2, "max_workers": 2, "heartbeat_timeout_seconds": TIMEOUT_SECONDS, "poison_deaths": 1},
        queue={"time_limit_seconds": 6},
    )
    before = {*daemon.workers(), daemon.autoscaler()}
    daemon.send("parcel")
    daemon.wait_noted("begun")
    stand_still(daemon, STILL_SECONDS)
    assert daemon.wait_for("clock.stood_still", process="supervisor")["seconds"] > TIMEOUT_SECONDS
    daemon.wait_noted("ended")
    daemon.wait_done(daemon.send("one", "two", "three"))  # by which time who was to be killed would be
    assert {*daemon.workers(), *daemon.autoscalers()} == before
    assert daemon.events("process.hung") == daemon.events("process.exited") == []
    assert daemon.events("handler.stuck") == daemon.events("handler.failed") == daemon.events("message.rejected") == []
