"""A queue that a person pauses: nothing of it starts, in any worker, until it is resumed."""

from __future__ import annotations

import signal

import psutil

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE


def handled(daemon: DaemonUnderTest) -> set[str]:
    return {body for body, _ in daemon.notes("handled")}


def other_queue_does(daemon: DaemonUnderTest, body: str) -> None:
    """What was to happen to the paused queue by then would have."""
    daemon.send(body, url=daemon.second.url)
    daemon.wait_until(lambda: body in handled(daemon), f"{body} in the other queue")


def test_a_pause_outlives_a_workers_death_and_a_reload_and_costs_other_queues_nothing(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.second_queue()
    brief = {"visibility_seconds": 2}  # a killed worker's poll may take a message
    daemon.configure_both(brief, **brief)
    daemon.launch()
    daemon.wait_for("daemon.ready")
    said = daemon.command("pause", daemon.queue)
    assert (said.returncode, said.stdout) == (0, f"{daemon.queue}: paused until `resume` or a restart\n")
    daemon.wait_for("queue.paused", queue=daemon.queue)
    other_queue_does(daemon, "before")
    daemon.send("parcel")
    other_queue_does(daemon, "while-paused")

    psutil.Process(daemon.worker()).kill()
    other_queue_does(daemon, "after-a-death")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    other_queue_does(daemon, "after-a-reload")
    assert "parcel" not in handled(daemon)

    def states() -> dict[str, str]:
        return {queue["queue"]: queue["state"] for queue in daemon.ask("status")["queues"]}

    daemon.wait_until(lambda: states() == {daemon.queue: "paused", daemon.second.name: "available"}, "their states")
    reason = f"{daemon.queue} is paused"  # says the new autoscaler, as soon as it has looked
    daemon.wait_until(lambda: reason in daemon.command("why").stdout, "the reason of it")
    assert daemon.command("resume").stdout == f"{daemon.queue}: resumed\n"
    daemon.wait_until(lambda: "parcel" in handled(daemon), "the parcel")


def test_a_reload_that_is_undone_leaves_a_pause_that_can_be_ended(daemon: DaemonUnderTest) -> None:
    """Of a queue that the refused settings no longer had."""
    daemon.write_handler(DONE_AT_ONCE)
    second = daemon.second_queue()
    daemon.configure_both()
    daemon.launch()
    daemon.wait_for("daemon.ready")
    daemon.command("pause", second.name)
    daemon.wait_for("queue.paused", queue=second.name)
    daemon.configure(queue={"handler": "nowhere_to_be_found:handle"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.undone")
    assert daemon.command("resume", second.name).stdout == f"{second.name}: resumed\n"
    other_queue_does(daemon, "parcel")


def test_an_unknown_queue_is_refused_with_those_that_there_are(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    said = daemon.command("pause", "nope")
    assert (said.returncode, said.stderr) == (1, f"there is no queue nope; there are: {daemon.queue}\n")
