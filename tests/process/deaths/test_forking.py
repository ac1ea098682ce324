"""A fork takes along only the thread that forks: whoever forks must have no other. And it may fail."""

from __future__ import annotations

import resource
import signal

import psutil

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE


def test_the_supervisor_has_one_thread_whenever_it_forks(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure(pool={"max_workers": 2})
    daemon.launch(PYTHONWARNINGS="default::DeprecationWarning")  # since 3.12 Python itself would complain
    daemon.wait_for("daemon.ready")
    assert psutil.Process(daemon.pid).num_threads() == 1
    daemon.wait_done(daemon.send("parcel"))
    daemon.signal(signal.SIGTTIN)
    daemon.wait_until(lambda: len(daemon.workers()) == 2, "a second worker, forked later")
    assert psutil.Process(daemon.pid).num_threads() == 1
    assert "multi-threaded" not in daemon.told()


def test_a_fork_that_fails_for_want_of_descriptors_costs_that_start_and_no_more(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 2})
    daemon.wait_until(lambda: bool(daemon.autoscalers()), "an autoscaler, which needs descriptors as well")
    [worker], supervisor = daemon.workers(), psutil.Process(daemon.pid)
    before = supervisor.rlimit(resource.RLIMIT_NOFILE)
    supervisor.rlimit(resource.RLIMIT_NOFILE, (3, before[1]))  # those above it that are open stay so
    daemon.signal(signal.SIGTTIN)
    failed = daemon.wait_for("process.start_failed", count=2)
    assert (failed["error"], failed["role"]) == ("EMFILE", "worker")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", worker)]
    supervisor.rlimit(resource.RLIMIT_NOFILE, before)
    daemon.wait_until(lambda: len(daemon.workers()) == 2, "the second worker after all")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
