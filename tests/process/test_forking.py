"""A fork takes along only the thread that forks: whoever forks must have no other."""

from __future__ import annotations

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
