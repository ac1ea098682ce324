"""SIGHUP: new settings without losing a message, or none at all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops
from process.given import DONE_AT_ONCE

UNHURRIED = """
def handle(message: Message) -> None:
    time.sleep(0.03)
    note("early", message)
"""
LATER = """
def handle(message: Message) -> None:
    note("late", message)
"""
BEFORE = [f"before-{number}" for number in range(30)]
AFTER = [f"after-{number}" for number in range(5)]


@on_both_loops
def test_a_changed_file_replaces_the_workers_and_loses_nothing(strict_daemon: DaemonUnderTest) -> None:
    daemon = strict_daemon  # moto gives one message to two workers that ask in the same moment
    daemon.start(UNHURRIED, pool={"min_workers": 2, "max_workers": 2})
    old = daemon.workers()
    ids = daemon.send(*BEFORE[:15])
    daemon.write_handler(LATER, module="later")
    daemon.configure(pool={"min_workers": 2, "max_workers": 2}, queue={"handler": "later:handle"})
    daemon.signal(signal.SIGHUP)
    ids += daemon.send(*BEFORE[15:])
    daemon.wait_for("reload.completed", workers=2)
    for pid in old:
        daemon.wait_for("process.exited", pid=pid, asked=True, status=0)
    ids += daemon.send(*AFTER)
    daemon.wait_done(ids)
    assert not set(daemon.workers()) & set(old)
    assert {body for body, _ in daemon.notes("late")} >= set(AFTER)
    handled = [body for word in ("early", "late") for body, _ in daemon.notes(word)]
    assert sorted(handled) == sorted(BEFORE + AFTER), "each once: nothing lost, nothing twice"


def test_after_a_reload_the_pool_goes_on_from_its_size_and_shrinks_to_a_lower_minimum(daemon: DaemonUnderTest) -> None:
    quick = {"interval_seconds": 0.1, "hold_seconds": 1}
    daemon.start(DONE_AT_ONCE, pool={"min_workers": 3, "max_workers": 3}, scaling=quick)
    daemon.configure(pool={"min_workers": 1, "max_workers": 3}, scaling=quick)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    daemon.wait_for("scale.decision", workers_ordered=3, workers=1)
    daemon.wait_until(lambda: len(daemon.workers()) == 1, "the two that are too many to go")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", daemon.worker())]


def test_the_number_of_daemons_on_the_queue_is_read_anew_and_one_that_is_none_is_refused(
    daemon: DaemonUnderTest, tmp_path: Path
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("2\n")
    daemon.start(DONE_AT_ONCE, scaling={"hosts_file": str(hosts), "interval_seconds": 0.1})
    daemon.wait_for("scale.decision", hosts=2)
    hosts.write_text("5\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("scale.decision", hosts=5)
    hosts.write_text("many\n")
    daemon.signal(signal.SIGHUP)
    assert str(hosts) in daemon.wait_for("reload.refused")["errors"][0]
    daemon.wait_done(daemon.send("parcel"))


def test_a_broken_file_is_refused_and_the_old_workers_go_on(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    old = daemon.workers()
    daemon.write_config("[pool]\nmin_workers = 'many'\n")
    daemon.signal(signal.SIGHUP)
    refused = daemon.wait_for("reload.refused")
    assert any("min_workers" in line for line in refused["errors"])
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", old[0])]
    assert daemon.workers() == old


def test_a_handler_that_cant_be_imported_is_rolled_back(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    old = daemon.workers()
    daemon.configure(queue={"handler": "nowhere_to_be_found:handle"})
    daemon.signal(signal.SIGHUP)
    rolled_back = daemon.wait_for("reload.rolled_back")
    assert "nowhere_to_be_found" in rolled_back["reason"]
    daemon.wait_for("process.exited", role="worker")  # by itself, or killed because it is to start no more
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", old[0])]
    assert daemon.workers() == old


def test_a_handler_that_takes_no_message_is_rolled_back(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE + "\ndef of_nothing():\n    pass\n")
    daemon.configure(queue={"handler": "work:of_nothing"})
    daemon.signal(signal.SIGHUP)
    assert "must take one argument" in daemon.wait_for("reload.rolled_back")["reason"]
    daemon.wait_done(daemon.send("parcel"))


def test_a_handler_whose_import_fails_for_now_is_rolled_back_too(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    old = daemon.workers()
    daemon.write_handler("raise RuntimeError('db down')", module="later")
    daemon.configure(queue={"handler": "later:handle"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.rolled_back")
    assert "RuntimeError: db down" in daemon.wait_for("worker.start_failed")["error"]
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", old[0])]
    assert daemon.workers() == old


def test_after_a_reload_that_was_rolled_back_a_right_one_succeeds(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.configure(queue={"handler": "nowhere_to_be_found:handle"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.rolled_back")
    daemon.write_handler(LATER, module="later")
    daemon.configure(queue={"handler": "later:handle"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    old = daemon.events("process.ready", worker=0)[0]["pid"]
    daemon.wait_for("process.exited", pid=old, status=0)
    daemon.wait_done(daemon.send("parcel"))
    assert [body for body, _ in daemon.notes("late")] == ["parcel"]


def test_each_settings_have_a_number_of_their_own_and_the_daemon_is_ready_once(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.configure(queue={"handler": "nowhere_to_be_found:handle"})
    daemon.signal(signal.SIGHUP)
    assert daemon.wait_for("reload.rolled_back")["generation"] == 1
    assert daemon.wait_for("reload.undone")["generation"] == 1
    assert daemon.events("reload.completed") == [], "it was not"
    daemon.configure()
    daemon.signal(signal.SIGHUP)
    assert daemon.wait_for("reload.completed")["generation"] == 3
    assert [event["generation"] for event in daemon.events("daemon.ready")] == [1]


def test_starts_that_failed_before_a_rollback_leave_neither_complaints_nor_waits(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"backoff_max_seconds": 600})
    daemon.configure(
        pool={"backoff_max_seconds": 600, "min_workers": 4, "max_workers": 4},
        queue={"handler": "nowhere_to_be_found:handle"},
    )
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.rolled_back")
    daemon.wait_until(lambda: len(daemon.workers()) == 1, "the end of all that were started meanwhile")
    survivor = daemon.worker()
    os.kill(survivor, signal.SIGKILL)
    daemon.wait_until(lambda: bool(set(daemon.workers()) - {survivor}), "a successor, and not after 600 s")
    assert daemon.events("worker.misconfigured") == []
    assert len(daemon.events("reload.rolled_back")) == 1
