"""A fork takes along only the thread that forks: whoever forks must have no other. And it may fail."""

from __future__ import annotations

import resource
import signal

import psutil

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE

SLOW = """
def handle(message: Message) -> None:
    time.sleep(1)
    note("handled", message)
"""
NO_MORE = 6
"""Descriptors, all of which are in use; but poll(2) may be asked for no more than so many."""
NO_THREADS = """
import threading
if not (HERE / "threads").exists():
    def no_room(thread):
        raise RuntimeError("can't start new thread")
    threading.Thread.start = no_room
def handle(message: Message) -> None:
    note("handled", message)
"""


def test_the_supervisor_has_one_thread_whenever_it_forks(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure(pool={"max_workers": 2})
    daemon.launch(PYTHONWARNINGS="default::DeprecationWarning")  # since 3.12 Python itself would complain
    daemon.wait_for("daemon.ready")
    assert psutil.Process(daemon.pid).num_threads() == 1
    daemon.wait_done(daemon.send("parcel"))
    daemon.scale(2)
    daemon.wait_until(lambda: len(daemon.workers()) == 2, "a second worker, forked later")
    assert psutil.Process(daemon.pid).num_threads() == 1
    assert "multi-threaded" not in daemon.told()


def test_a_fork_that_fails_for_want_of_descriptors_costs_that_start_and_no_more(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 2})
    daemon.wait_until(lambda: bool(daemon.autoscalers()), "an autoscaler, which needs descriptors as well")
    worker, supervisor = daemon.worker(), psutil.Process(daemon.pid)
    before = supervisor.rlimit(resource.RLIMIT_NOFILE)
    supervisor.rlimit(resource.RLIMIT_NOFILE, (NO_MORE, before[1]))  # those above it that are open stay so
    daemon.scale(2)
    failed = daemon.wait_for("process.start_failed", count=2)
    assert (failed["error"], failed["role"]) == ("EMFILE", "worker")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", worker)]
    supervisor.rlimit(resource.RLIMIT_NOFILE, before)
    daemon.wait_until(lambda: len(daemon.workers()) == 2, "the second worker after all")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_a_machine_that_has_no_more_processes_caps_the_pool_and_ends_nothing(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(SLOW)
    daemon.configure(
        pool={
            "min_workers": 1,
            "max_workers": 4,
            "slots": 1,
            "backoff_max_seconds": 300,
            "backoff_initial_seconds": 300,
        },
        sla={"tier": [{"name": "tight", "threshold_seconds": 1}]},
    )
    daemon.launch()
    daemon.wait_for("daemon.ready")
    daemon.wait_until(lambda: bool(daemon.autoscalers()), "an autoscaler")
    supervisor = psutil.Process(daemon.pid)
    before = supervisor.rlimit(resource.RLIMIT_NOFILE)
    supervisor.rlimit(resource.RLIMIT_NOFILE, (NO_MORE, before[1]))
    daemon.send(*(f"parcel-{number}" for number in range(30)))
    daemon.wait_for("process.start_failed", role="worker", error="EMFILE")
    decided = daemon.wait_for("scale.decision", reason="processes")
    assert (decided["workers"], decided["cap_processes"]) == (1, 1)
    daemon.wait_noted("handled", 3)
    assert len(daemon.workers()) == 1
    assert daemon.events("process.fatal") == daemon.events("daemon.stopping") == []


def test_a_worker_that_cant_start_its_threads_says_so_and_did_not_die_of_a_message(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(NO_THREADS)
    daemon.configure()
    daemon.launch()
    failed = daemon.wait_for("worker.start_failed", count=2)
    assert "out of threads" in failed["error"]
    assert daemon.events("process.exited", status=75) == daemon.events("process.exited", role="worker")
    (daemon.directory / "threads").touch()
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("process.crashed") == daemon.events("process.fatal") == []
