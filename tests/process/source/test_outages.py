"""A queue that goes away under a running daemon."""

from __future__ import annotations

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE


@pytest.mark.parametrize("transport", ["fast", "boto3"])
def test_a_queue_that_is_deleted_is_told_once_and_used_again_when_it_is_back(
    daemon: DaemonUnderTest, transport: str
) -> None:
    daemon.start(DONE_AT_ONCE, queue={"transport": transport})
    workers = daemon.workers()
    daemon.client.delete_queue(QueueUrl=daemon.url)
    unavailable = daemon.wait_for("source.unavailable", call="receive")
    assert unavailable["queue"] == daemon.queue
    daemon.client.create_queue(QueueName=daemon.queue)
    recovered = daemon.wait_for("source.recovered", call="receive")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.notes("handled") == [("parcel", workers[0])], "the same worker"
    assert recovered["failures"] >= 1
    assert len(daemon.events("source.unavailable", call="receive")) == 1
    assert daemon.events("process.exited") == []
