"""Which transport carries a daemon's calls is chosen, told, and makes no difference to its messages."""

from __future__ import annotations

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops
from process.given import DONE_AT_ONCE

REJECTED = """
def handle(message: Message) -> None:
    raise Reject("not for us")
"""


@on_both_loops
@pytest.mark.parametrize("transport", ["fast", "boto3"])
def test_a_rejected_message_reaches_the_dead_letter_queue(daemon: DaemonUnderTest, transport: str) -> None:
    daemon.start(REJECTED, queue={"transport": transport})
    daemon.send("parcel")
    assert daemon.dead_letter() == ("parcel", "not for us")
    assert daemon.wait_for("source.transport")["transport"] == transport


def test_auto_takes_the_fast_one_and_says_so(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.wait_done(daemon.send("parcel"))
    told = daemon.wait_for("source.transport")
    assert (told["queue"], told["transport"], told["reason"]) == (daemon.queue, "fast", "nothing here needs boto3")


def test_auto_takes_boto3_behind_a_proxy_and_says_so(daemon: DaemonUnderTest, moto_endpoint: str) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(http_proxy=moto_endpoint, no_proxy="")  # a server takes what is meant for a proxy as well
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    told = daemon.wait_for("source.transport")
    assert (told["transport"], told["reason"]) == ("boto3", "an HTTP proxy is set")


def test_fast_behind_a_proxy_ends_with_78_and_the_reason(daemon: DaemonUnderTest, moto_endpoint: str) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure(queue={"transport": "fast"})
    daemon.launch(http_proxy=moto_endpoint, no_proxy="")
    assert daemon.wait_exit() == 78
    assert 'transport = "fast" can\'t be used: an HTTP proxy is set' in daemon.wait_for("daemon.misconfigured")["error"]
