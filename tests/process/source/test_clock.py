"""A machine whose clock is ten minutes behind SQS's, which refuses signatures that are off by more than five."""

from __future__ import annotations

import signal

from doubles.source.broker_ahead import BrokerAhead
from process.daemon_under_test import DaemonUnderTest

TEN_MINUTES = 600.0
REJECTING = """
def handle(message: Message) -> None:
    note("handled", message)
    if message.body == "bad":
        raise Reject("no good")
"""
OFTEN = {"backlog_interval_seconds": 1}


def test_the_whole_daemon_signs_by_the_brokers_clock(daemon: DaemonUnderTest, moto_endpoint: str) -> None:
    with BrokerAhead(moto_endpoint, TEN_MINUTES) as broker:
        daemon.write_handler(REJECTING)
        daemon.configure(queue={"endpoint_url": broker.url}, scaling=OFTEN)
        daemon.launch()
        daemon.wait_for("daemon.ready")
        daemon.send("good", "bad")
        body, reason = daemon.dead_letter()
        assert (body, "no good" in reason) == ("bad", True)
        daemon.wait_until(lambda: read_by_autoscaler(broker) > 3, "readings of the backlog")
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0
    assert daemon.events("scale.backlog_unknown") == daemon.events("source.unavailable") == []
    assert {"SendMessage", "GetQueueAttributes", "ReceiveMessage", "DeleteMessageBatch"} <= set(broker.taken)
    assert len(broker.refused) <= 6, "what was under way before the first answer of each of two processes"


def read_by_autoscaler(broker: BrokerAhead) -> int:
    return broker.taken.count("GetQueueAttributes")


def test_boto3_waits_for_the_clock_to_be_right(daemon: DaemonUnderTest, moto_endpoint: str) -> None:
    with BrokerAhead(moto_endpoint, TEN_MINUTES) as broker:
        daemon.write_handler(REJECTING)
        daemon.configure(queue={"endpoint_url": broker.url, "transport": "boto3"}, scaling=OFTEN)
        daemon.launch()
        unavailable = daemon.wait_for("source.unavailable", call="receive")
        assert "this machine's clock is off" in unavailable["text"]
        broker.ahead_seconds = 0.0
        daemon.wait_for("daemon.ready")
        daemon.wait_done(daemon.send("good"))
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0
    assert daemon.events("daemon.misconfigured") == daemon.events("worker.misconfigured") == []
