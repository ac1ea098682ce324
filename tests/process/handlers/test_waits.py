"""Waiting is not a try: a rate limit by `Wait` dead-letters nothing, whatever happens to the workers meanwhile."""

from __future__ import annotations

import os
import signal

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

NOT_BEFORE_ITS_TIME = """
from punctuald import Wait

SEEN = {}

def handle(message: Message) -> None:
    first = SEEN.setdefault(message.id, time.monotonic())
    if time.monotonic() - first < 1.0:
        raise Wait("one a second", seconds=0.2)
    note("handled", message)
"""


@on_both_loops
def test_messages_wait_as_often_as_their_handler_wants_within_one_receive(daemon: DaemonUnderTest) -> None:
    daemon.start(NOT_BEFORE_ITS_TIME, logging={"level": "debug"})
    daemon.wait_done(daemon.send(*(f"order {number}" for number in range(20))))
    held = daemon.events("message.held")
    assert len(held) >= 20 * 3
    assert {event["receive_count"] for event in held} == {1}
    assert daemon.events("message.bounced") == daemon.events("message.retried") == []


def test_a_killed_workers_waiting_messages_come_back_and_wait_again(daemon: DaemonUnderTest) -> None:
    daemon.start(NOT_BEFORE_ITS_TIME, logging={"level": "debug"}, queue={"visibility_seconds": 2})
    ids = daemon.send(*(f"order-{number}" for number in range(5)))
    daemon.wait_for("message.held", count=5)
    killed = daemon.worker()
    os.kill(killed, signal.SIGKILL)
    daemon.wait_done(ids)
    again = {event["message_id"] for event in daemon.events("message.held") if event["receive_count"] > 1}
    assert again == set(ids), "each waits again where it comes back to"
    assert killed not in {pid for _, pid in daemon.notes("handled")}
    assert daemon.events("message.bounced") == daemon.events("message.retried") == []
