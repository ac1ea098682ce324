"""A worker that has run out of something: that is no evidence against its messages, and it is replaced."""

from __future__ import annotations

import pytest

from process.daemon_under_test import DaemonUnderTest

LEAKS = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
KEPT = []
def handle(message: Message) -> None:
    if message.body.endswith("7"):
        KEPT.extend(open("/dev/null") for _ in range(30))
    open("/etc/hostname").read()
    note("handled", message)
"""
TOO_LARGE = """
def handle(message: Message) -> None:
    note("begun", message)
    if message.body == "large":
        raise MemoryError
"""


@pytest.mark.parametrize("transport", ["fast", "boto3"])
def test_a_worker_without_descriptors_is_replaced_and_no_message_is_burned(
    burning_daemon: DaemonUnderTest, transport: str
) -> None:
    daemon = burning_daemon
    daemon.start(
        LEAKS,
        # Without descriptors it may be unable to connect: what it could not acknowledge is handled again.
        pool={"min_workers": 1, "max_workers": 2, "young_death_seconds": 0, "drain_timeout_seconds": 5},
        queue={"transport": transport, "visibility_seconds": 5},
    )
    ids = daemon.send(*(f"order {number}" for number in range(20)))
    ill = daemon.wait_for("worker.ill")
    assert ill["reason"] == "out of file descriptors"
    retiring = daemon.wait_for("process.retiring", reason="out of file descriptors")
    exited = daemon.wait_for("process.exited", pid=retiring["pid"])
    assert (exited["asked"], exited["status"]) == (True, 0), "its successor was there before"
    daemon.wait_done(ids)
    assert daemon.events("message.rejected") == daemon.events("message.not_run_at_last_receive") == []
    assert daemon.dead_letters_waiting() == 0


def test_a_message_over_which_worker_after_worker_falls_ill_has_failed_itself(daemon: DaemonUnderTest) -> None:
    daemon.start(TOO_LARGE, pool={"poison_deaths": 2, "young_death_seconds": 0}, queue={"retry_initial_seconds": 1})
    [message_id] = daemon.send("large")
    daemon.wait_for("message.retried", message_id=message_id, outcome="failed")
    assert len(daemon.events("message.uncounted", message_id=message_id, reason="out of memory")) == 2
    assert len(daemon.events("worker.ill")) == 2
    assert len({pid for _, pid in daemon.notes("begun")}) == 3
    daemon.wait_done(daemon.send("small"))


def test_a_worker_that_falls_ill_young_waits_out_a_back_off(daemon: DaemonUnderTest) -> None:
    daemon.start(TOO_LARGE, pool={"young_death_seconds": 3600, "poison_deaths": 1})
    daemon.send("large")
    first = daemon.worker()
    daemon.wait_for("worker.ill")
    assert daemon.wait_for("process.exited", pid=first)["status"] == 75
    daemon.wait_for("process.backoff", role="worker", deaths=1)
    daemon.wait_done(daemon.send("small"))
    assert daemon.events("process.exited", held_messages=[]) == daemon.events("process.exited")
