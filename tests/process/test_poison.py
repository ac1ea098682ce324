"""Handlers that never come back, or take the worker with them: retried elsewhere, and stopped after a few deaths."""

from __future__ import annotations

from process.daemon_under_test import DaemonUnderTest

NEVER_RETURNS = """
def handle(message: Message) -> None:
    note("begun", message)
    while message.body == "poison":
        time.sleep(0.1)
"""
TAKES_THE_WORKER_ALONG = """
def handle(message: Message) -> None:
    note("begun", message)
    if message.body == "poison":
        os._exit(3)
"""


def test_a_handler_that_never_returns_is_left_and_its_message_dead_lettered_at_last(daemon: DaemonUnderTest) -> None:
    daemon.start(NEVER_RETURNS, pool={"poison_deaths": 2}, queue={"time_limit_seconds": 0.2})
    [first] = daemon.workers()
    [message_id] = daemon.send("poison")
    assert daemon.wait_for("handler.stuck", message_id=message_id)["seconds"] > 0.2
    daemon.wait_for("process.retiring", pid=first, reason="handler stuck")
    daemon.wait_for("process.exited", pid=first, status=70)
    daemon.wait_done(daemon.send("wholesome"))
    body, reason = daemon.dead_letter()
    assert (body, "dead worker" in reason) == ("poison", True)
    assert len({pid for said, pid in daemon.notes("begun") if said == "poison"}) >= 2, "retried by another worker"


def test_a_message_that_kills_its_worker_is_dead_lettered_after_three_deaths(strict_daemon: DaemonUnderTest) -> None:
    daemon = strict_daemon
    daemon.start(TAKES_THE_WORKER_ALONG, pool={"poison_deaths": 3}, queue={"visibility_seconds": 1})
    [message_id] = daemon.send("poison")
    body, reason = daemon.dead_letter()
    assert (body, reason) == ("poison", "found in the hands of 3 dead workers")
    deaths = daemon.events("process.exited", status=3, asked=False)
    assert [death["held_messages"] for death in deaths] == [[message_id]] * 3
    assert len({pid for _, pid in daemon.notes("begun")}) == 3
    assert len(daemon.events("process.backoff")) == 3, "it died young each time"
    daemon.wait_done(daemon.send("wholesome"))
