"""What handlers started does not outlive their worker, however that ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from process.daemon_under_test import DaemonUnderTest, survivors

SLEEPS = """
def handle(message: Message) -> None:
    sleeper = subprocess.Popen(["sleep", "97533"])
    (HERE / "unfinished").write_text(str(sleeper.pid))
    (HERE / "unfinished").rename(HERE / "sleeper")
"""
SLEEPS_ON = SLEEPS + "    sleeper.wait()\n"
LOOP = "exec 2>/dev/null; trap : TERM; while :; do sleep 97533; done"
DEAF = SLEEPS_ON.replace('["sleep", "97533"]', f'["sh", "-c", "{LOOP}"]')
DETACHED = SLEEPS.replace('"97533"]', '"97533"], start_new_session=True')


def started(daemon: DaemonUnderTest) -> psutil.Process:
    """By the handler."""
    path = Path(daemon.directory / "sleeper")
    daemon.wait_until(path.exists, "what the handler starts")
    return psutil.Process(int(path.read_text()))


def test_what_a_handler_past_its_time_limit_started_ends_with_its_worker(daemon: DaemonUnderTest) -> None:
    daemon.start(SLEEPS_ON, queue={"time_limit_seconds": 0.5, "visibility_seconds": 3600})
    daemon.send("parcel")
    sleeper = started(daemon)
    left = daemon.wait_for("process.leftovers")
    assert (left["signal"], left["count"], left["names"]) == ("SIGTERM", 1, ["sleep"])
    assert left["pid"] == daemon.wait_for("process.exited", role="worker")["pid"]
    assert survivors([sleeper]) == []
    daemon.wait_until(lambda: len(daemon.workers()) == 1, "a worker in its place")


def test_what_does_not_hear_of_its_end_is_killed(daemon: DaemonUnderTest) -> None:
    daemon.start(DEAF)
    daemon.send("parcel")
    sleeper = started(daemon)
    everybody = [sleeper, *sleeper.children(recursive=True)]
    os.kill(daemon.worker(), signal.SIGKILL)
    assert daemon.wait_for("process.leftovers", signal="SIGTERM")["names"] == ["sh", "sleep"]
    daemon.wait_for("process.leftovers", signal="SIGKILL")
    assert survivors(everybody) == []


def test_a_stop_leaves_nothing_behind(daemon: DaemonUnderTest) -> None:
    daemon.start(SLEEPS)
    daemon.wait_done(daemon.send("parcel"))
    sleeper = started(daemon)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert not sleeper.is_running()
    daemon.wait_for("process.leftovers", names=["sleep"])


def test_a_stop_at_once_leaves_nothing_behind(daemon: DaemonUnderTest) -> None:
    daemon.start(DEAF)
    daemon.send("parcel")
    sleeper = started(daemon)
    daemon.signal(signal.SIGQUIT)
    assert daemon.wait_exit() == 0
    assert survivors([sleeper]) == []


def test_a_worker_that_lost_its_supervisor_leaves_nothing_behind(daemon: DaemonUnderTest) -> None:
    daemon.start(SLEEPS)
    daemon.wait_done(daemon.send("parcel"))
    sleeper, tree = started(daemon), daemon.tree()
    daemon.signal(signal.SIGKILL)
    assert survivors([*tree[1:], sleeper]) == []


def test_what_has_a_session_of_its_own_lives_on(daemon: DaemonUnderTest) -> None:
    daemon.start(DETACHED)
    daemon.wait_done(daemon.send("parcel"))
    sleeper = started(daemon)
    try:
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0
        assert sleeper.is_running()
        assert daemon.events("process.leftovers") == []
    finally:
        sleeper.kill()
