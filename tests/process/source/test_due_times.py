"""A kept appointment is no breach, and orders no worker: delays, due times, and what handlers ask for."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from process.daemon_under_test import DaemonUnderTest

DELAY_SECONDS = 5
EACH = 20
PER_SECOND = 10
MOST = 8
TIGHT = {"tier": [{"name": "tight", "threshold_seconds": 3}]}
TAKES_A_WHILE = """
def handle(message: Message) -> None:
    time.sleep(0.02)
"""
LATER_ONCE = """
from punctuald import Retry

def handle(message: Message) -> None:
    time.sleep(0.05)  # so that no worker takes all of them
    if message.receive_count == 1:
        raise Retry("the customer sleeps", after_seconds=4)
"""


def send(daemon: DaemonUnderTest, body: str, **more: Any) -> str:
    sent: str = daemon.client.send_message(QueueUrl=daemon.url, MessageBody=body, **more)["MessageId"]
    return sent


def not_before(utc: float) -> dict[str, Any]:
    return {"MessageAttributes": {"not_before": {"DataType": "Number", "StringValue": f"{utc:.3f}"}}}


def send_all(daemon: DaemonUnderTest) -> dict[str, float]:
    """Ten a second: by turns delayed by the queue, delayed by themselves, and to be had at once but due later. Returns
    for each from when it may run."""
    due_utcs: dict[str, float] = {}
    for number in range(EACH):
        due_utc = time.time() + DELAY_SECONDS
        due_utcs[send(daemon, f"{number}")] = due_utc
        due_utcs[send(daemon, f"{number}", DelaySeconds=DELAY_SECONDS, **not_before(due_utc))] = due_utc
        due_utcs[send(daemon, f"{number}", DelaySeconds=0, **not_before(due_utc))] = due_utc
        time.sleep(max(0.0, due_utc - DELAY_SECONDS + 3 / PER_SECOND - time.time()))
    return due_utcs


def test_delays_and_due_times_make_nothing_late_and_order_no_worker(daemon: DaemonUnderTest) -> None:
    daemon.client.set_queue_attributes(QueueUrl=daemon.url, Attributes={"DelaySeconds": str(DELAY_SECONDS)})
    daemon.start(
        TAKES_A_WHILE, pool={"max_workers": MOST, "slots": 1}, queue={"due_time_attribute": "not_before"}, sla=TIGHT
    )
    due_utcs = send_all(daemon)
    daemon.wait_until(lambda: len(daemon.events("message.done")) >= len(due_utcs), "all of them done in time")
    assert daemon.events("message.breached") == []
    for event in daemon.events("message.done"):
        assert datetime.fromisoformat(event["timestamp"]).timestamp() >= due_utcs[event["message_id"]] - 0.05
    assert len(daemon.events("message.held")) == EACH
    decisions = daemon.events("scale.decision")
    assert max(event["workers"] for event in decisions) < MOST, "one is busy a fifth of the time, where none is slow"
    assert max(event["waiting_messages"] for event in decisions) < DELAY_SECONDS * PER_SECOND / 2, "of those due"
    assert max(event["head_age_seconds"] or 0.0 for event in decisions) < DELAY_SECONDS


def test_what_the_handler_wants_later_is_on_time_in_whichever_worker_gets_it_then(
    strict_daemon: DaemonUnderTest,
) -> None:
    daemon = strict_daemon  # moto gives one message to two workers that ask in the same moment
    daemon.start(LATER_ONCE, pool={"min_workers": 2, "max_workers": 2, "slots": 1}, sla=TIGHT)
    ids = daemon.send(*(f"order {number}" for number in range(20)))
    daemon.wait_done(ids)
    assert daemon.events("message.breached") == []
    done = daemon.events("message.done")
    assert {event["receive_count"] for event in done} == {2}
    asked = {event["message_id"]: event["worker"] for event in daemon.events("message.retried")}
    assert any(asked[event["message_id"]] != event["worker"] for event in done)
