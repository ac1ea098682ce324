"""A daemon that is drained, reloaded or asked for stacks by its commands."""

from __future__ import annotations

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, HELD

LOOPS = """
def loops() -> None:
    while not (HERE / "let_go").exists():
        pass

def handle(message: Message) -> None:
    note("begun", message)
    loops()
"""
SLEEPS = """
def sleeps() -> None:
    time.sleep(600)

def handle(message: Message) -> None:
    note("begun", message)
    sleeps()
"""
HOLDS_THE_LOCK = """
import ctypes

def holds_the_lock() -> None:
    ctypes.PyDLL(None).sleep(600)  # PyDLL keeps Python's lock meanwhile, so that the worker's loop stands still too

def handle(message: Message) -> None:
    note("begun", message)
    holds_the_lock()
"""


def test_a_drain_finishes_what_is_in_flight_and_ends_with_0(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD)
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    said = daemon.command("drain")
    assert (said.returncode, said.stdout.split(":")[0]) == (0, "draining")
    daemon.wait_for("daemon.stopping", how="drain")
    refused = daemon.command("scale", "2")
    assert (refused.returncode, refused.stderr) == (1, "the daemon is stopping\n")
    daemon.wait_until(lambda: daemon.ask("status")["state"] == "draining", "its state")
    daemon.let_go()
    assert daemon.wait_exit() == 0
    assert daemon.events("message.done", message_id=message_id)
    assert daemon.receive() == []


def test_a_reload_that_is_refused_says_why_with_status_1_and_changes_nothing(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    before = daemon.config_path.read_text()
    daemon.write_config(before + "\n[pool]\nmax_workers = 0\n")
    said = daemon.command("reload")
    assert said.returncode == 1
    assert said.stderr.startswith("refused, nothing has changed: ")
    assert str(daemon.config_path.name) in said.stderr
    daemon.wait_for("reload.refused")
    daemon.wait_until(lambda: bool(daemon.ask("status")["reload_failed"]), "the refusal in the document")
    assert "reload refused: the last reload was refused: " in daemon.command("status").stdout
    daemon.wait_done(daemon.send("parcel"))


def test_a_reload_that_is_accepted_replaces_the_workers_and_its_answer_outlives_the_observers_end(
    daemon: DaemonUnderTest,
) -> None:
    daemon.start(DONE_AT_ONCE)
    worker, observer = daemon.worker(), daemon.observer()
    for generation in (2, 3):
        said = daemon.command("reload")
        assert (said.returncode, said.stdout) == (0, f"started: generation {generation}\n")
        daemon.wait_for("reload.completed", count=generation - 1)
    daemon.wait_until(lambda: daemon.workers() not in ([], [worker]), "a new worker")
    daemon.wait_until(lambda: daemon.observers() not in ([], [observer]), "a new observer")
    daemon.wait_done(daemon.send("parcel"))


@pytest.mark.parametrize(
    ("handler", "function"),
    [(LOOPS, "loops"), (SLEEPS, "sleeps"), (HOLDS_THE_LOCK, "holds_the_lock")],
    ids=["a loop", "a call", "C that holds Python's lock"],
)
def test_a_dump_shows_the_line_that_a_hung_worker_is_at(daemon: DaemonUnderTest, handler: str, function: str) -> None:
    daemon.start(handler, pool={"heartbeat_timeout_seconds": 60})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    # What the observer knows of the pool is up to a second old: that the worker is ready, too.
    daemon.wait_until(lambda: "ready\nslot " in daemon.command("dump").stdout, "a ready worker in a dump")
    assert message_id in daemon.command("dump").stdout
    dump = daemon.command("dump")
    assert (dump.returncode, dump.stderr) == (0, "")
    worker = daemon.worker()
    assert dump.stdout.startswith(f"== worker 0, pid {worker}, ready\nslot ")
    assert 'work.py", line ' in dump.stdout
    assert f" in {function}\n" in dump.stdout
    assert daemon.workers() == [worker]
