"""Queues are independent: one that is refused costs the others nothing, and is taken up again when it is back."""

from __future__ import annotations

import os
import signal

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops
from process.given import DONE_AT_ONCE
from process.systemd import Systemd

MANY = [str(number) for number in range(40)]


def test_a_healthy_queue_goes_on_though_another_is_deleted_and_every_worker_is_killed(daemon: DaemonUnderTest) -> None:
    second = daemon.second_queue()
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure_both({"visibility_seconds": 2})  # what a killed worker's last poll is given comes again soon
    daemon.launch()
    daemon.wait_for("daemon.ready")
    daemon.client.delete_queue(QueueUrl=second.url)
    daemon.wait_for("source.unavailable", queue=second.name, call="receive")
    worker = daemon.worker()
    os.kill(worker, signal.SIGKILL)
    ids = daemon.send(*MANY)
    daemon.wait_done(ids)
    successor = daemon.worker()
    assert {pid for _, pid in daemon.notes("handled")} == {successor} != {worker}
    assert daemon.events("process.exited", status=78) == daemon.events("worker.misconfigured") == []


@on_both_loops
def test_at_the_start_a_missing_queue_is_named_and_used_as_soon_as_it_is_made(daemon: DaemonUnderTest) -> None:
    second = daemon.second_queue()
    daemon.client.delete_queue(QueueUrl=second.url)
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure_both()
    daemon.launch()
    assert daemon.wait_for("daemon.ready")["unavailable"] == [second.name]
    assert second.name in daemon.wait_for("queue.unavailable")["text"]
    daemon.wait_done(daemon.send("parcel"))
    daemon.client.create_queue(QueueName=second.name)
    daemon.wait_for("queue.available", queue=second.name)
    daemon.wait_done(daemon.send("late-parcel", url=second.url))
    assert len({pid for _, pid in daemon.notes("handled")}) == 1, "the same worker"
    assert len(daemon.events("source.unavailable", call="receive")) == 1


def test_one_with_an_address_that_is_none_leaves_the_other_and_the_autoscaler_at_work(daemon: DaemonUnderTest) -> None:
    daemon.second_queue()
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure_both(region="not a region!")
    daemon.launch()
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    daemon.wait_for("process.ready", role="autoscaler")
    # The autoscaler may look before the parcel is received or after it, and logs what it decides when that changes.
    decision = daemon.wait_for("scale.decision")
    assert (decision["level"], decision["backlog_visible"] in (0, 1)) == ("info", True)
    assert daemon.events("process.exited") == []


def test_where_every_queue_is_refused_before_any_worker_served_only_a_person_can_mend_it(
    daemon: DaemonUnderTest,
) -> None:
    second = daemon.second_queue()
    for url in (daemon.url, second.url):
        daemon.client.delete_queue(QueueUrl=url)
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure_both()
    daemon.launch()
    assert daemon.wait_exit() == 78
    error = daemon.wait_for("daemon.misconfigured")["error"]
    assert (daemon.queue in error, second.name in error) == (True, True)


def test_once_a_worker_served_a_queue_that_is_gone_is_waited_for_by_its_successor(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.client.delete_queue(QueueUrl=daemon.url)
    daemon.wait_for("queue.unavailable", queue=daemon.queue)
    worker = daemon.worker()
    os.kill(worker, signal.SIGKILL)
    daemon.wait_for("worker.misconfigured")
    daemon.client.create_queue(QueueName=daemon.queue)
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("process.exited", status=78) == []


def test_a_reload_with_one_new_queue_that_is_missing_stays(daemon: DaemonUnderTest) -> None:
    second = daemon.second_queue()
    daemon.client.delete_queue(QueueUrl=second.url)
    daemon.start(DONE_AT_ONCE)
    daemon.configure_both()
    daemon.signal(signal.SIGHUP)
    completed = daemon.wait_for("reload.completed")
    assert (completed["generation"], completed["unavailable"]) == (2, [second.name])
    assert daemon.events("reload.rolled_back") == []


def test_a_reload_that_takes_a_queue_away_which_ran_is_rolled_back(daemon: DaemonUnderTest) -> None:
    second = daemon.second_queue()
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure_both()
    daemon.launch()
    daemon.wait_for("daemon.ready")
    before = daemon.workers()
    daemon.configure_both(region="not a region!")
    daemon.signal(signal.SIGHUP)
    assert "not a region!" in daemon.wait_for("reload.rolled_back")["reason"]
    daemon.wait_for("process.exited", worker=1, asked=True, status=0)  # the new one, which had the other queue
    daemon.wait_done([*daemon.send("parcel"), *daemon.send("other-parcel", url=second.url)])
    assert {pid for _, pid in daemon.notes("handled")} == set(before)


def test_a_reload_whose_queues_are_all_refused_is_rolled_back(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    before = daemon.workers()
    daemon.configure(queue={"name": "nowhere-to-be-found"})
    daemon.signal(signal.SIGHUP)
    assert "nowhere-to-be-found" in daemon.wait_for("reload.rolled_back")["reason"]
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", before[0])]


def test_systemds_status_line_says_which_queues_are_unavailable(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    second = daemon.second_queue()
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure_both()
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    daemon.wait_until(lambda: systemd.has_shown("1 workers ready"), "readiness")
    daemon.client.delete_queue(QueueUrl=second.url)
    daemon.wait_until(lambda: systemd.has_shown(f"; unavailable: {second.name}"), "the queue's name")
    shown = [said["STATUS"] for said in systemd.heard if "; unavailable: " in said.get("STATUS", "")]
    assert daemon.queue not in shown[0].partition("; unavailable: ")[2], "the other one can be had"
