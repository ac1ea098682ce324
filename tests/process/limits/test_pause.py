"""A queue that is paused stands still in every worker, those that come later included; others go on."""

from __future__ import annotations

import os
import signal

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE


def test_a_pause_outlives_workers_and_reloads_and_loses_nothing(daemon: DaemonUnderTest) -> None:
    other = daemon.second_queue()
    daemon.write_handler(DONE_AT_ONCE)
    short = {"visibility_seconds": 3}  # the last poll of a killed worker may have taken one
    daemon.configure_both(short, **short)
    daemon.launch()
    daemon.wait_for("daemon.ready")
    daemon.ask("pause", queue=daemon.queue)
    daemon.wait_for("queue.paused")
    os.kill(daemon.worker(), signal.SIGKILL)
    daemon.wait_for("process.ready", role="worker", count=2)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    paused = daemon.send("still", "quiet")
    daemon.wait_done(daemon.send("goes", "on", url=other.url))
    assert {body for body, _ in daemon.notes("handled")} == {"goes", "on"}
    daemon.ask("resume")
    daemon.wait_done(paused)
    assert {body for body, _ in daemon.notes("handled")} == {"goes", "on", "still", "quiet"}
