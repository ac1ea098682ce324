"""A process that dies is explained and replaced, and nothing that it held is lost."""

from __future__ import annotations

import os
import signal
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from process.daemon_under_test import DaemonUnderTest, Event, survivors
from process.event_loops import on_both_loops
from process.given import DONE_AT_ONCE, HELD

HELD_THE_FIRST_TIME = """
def handle(message: Message) -> None:
    note("begun", message)
    if message.body == "heavy" and message.receive_count == 1:
        hold()
"""
SHORT_LEASE: dict[str, Any] = {"visibility_seconds": 2}
"""Also for what is sent after a death: the server may hand it to the dead worker's last long poll."""


def snapshot(daemon: DaemonUnderTest) -> Event:
    """A fresh one."""
    before = len(daemon.events("stats.snapshot"))
    daemon.signal(signal.SIGUSR1)
    return daemon.wait_for("stats.snapshot", count=before + 1)


def totals(daemon: DaemonUnderTest) -> Counter[object]:
    """Everything that is only ever counted up."""
    taken = snapshot(daemon)
    tiers = {(name, key): tier[key] for name, tier in taken["tiers"].items() for key in ("met", "missed")}
    return Counter({**taken["queues"].get(daemon.queue, {}), **tiers})


@on_both_loops
@pytest.mark.parametrize("transport", ["fast", "boto3"])
def test_a_killed_workers_messages_come_back(strict_daemon: DaemonUnderTest, transport: str) -> None:
    daemon = strict_daemon
    daemon.start(HELD_THE_FIRST_TIME, queue={**SHORT_LEASE, "transport": transport})
    daemon.wait_done(daemon.send("light"))
    [heavy] = daemon.send("heavy")
    daemon.wait_noted("begun", 2)
    killed = daemon.worker()
    os.kill(killed, signal.SIGKILL)
    exited = daemon.wait_for("process.exited", pid=killed)
    assert (exited["status"], exited["asked"], exited["held_messages"]) == (-signal.SIGKILL, False, [heavy])
    assert "SIGKILL" in exited["cause"]
    assert daemon.worker() != killed
    daemon.wait_done([heavy])
    assert [pid == killed for body, pid in daemon.notes("begun") if body == "heavy"] == [True, False]


def test_totals_never_go_back_when_a_worker_is_killed(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD_THE_FIRST_TIME, queue=SHORT_LEASE)
    daemon.wait_done(daemon.send("one", "two", "three"))
    daemon.send("heavy")
    daemon.wait_noted("begun", 4)
    seen = [totals(daemon)]
    killed = daemon.worker()
    os.kill(killed, signal.SIGKILL)
    daemon.wait_for("process.exited", pid=killed)
    seen.append(totals(daemon))
    daemon.wait_until(lambda: bool(daemon.workers()), "a successor")
    seen.append(totals(daemon))
    daemon.wait_done(daemon.send("four"))
    seen.append(totals(daemon))
    for earlier, later in pairwise(seen):
        assert earlier <= later
    assert snapshot(daemon)["queues"][daemon.queue]["done"] >= 4


def test_a_killed_autoscaler_is_replaced_and_the_pool_stays(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    worker, killed = daemon.worker(), daemon.autoscaler()
    os.kill(killed, signal.SIGKILL)
    assert "SIGKILL" in daemon.wait_for("process.exited", pid=killed)["cause"]
    assert daemon.autoscaler() != killed
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.worker() == worker
    assert daemon.notes("handled") == [("parcel", worker)]


def test_a_killed_supervisor_takes_its_children_with_it(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD, pool={"min_workers": 2, "max_workers": 2})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    tree = daemon.tree()
    assert len(tree) == 5, "the supervisor, two workers, the autoscaler and the observer"
    daemon.signal(signal.SIGKILL)
    daemon.let_go()
    assert daemon.wait_exit() == -signal.SIGKILL
    assert survivors(tree[1:]) == []
    daemon.wait_done([message_id])  # its worker drained
