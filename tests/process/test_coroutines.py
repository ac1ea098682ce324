"""Handlers that are coroutines take no thread each, and end when their time is over."""

from __future__ import annotations

import signal

import psutil

from process.daemon_under_test import DaemonUnderTest
from process.event_loops import on_both_loops

HELD = """
import asyncio

async def handle(message: Message) -> None:
    note("begun", message)
    try:
        while not (HERE / "let_go").exists():
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        note("cancelled", message)
        raise
    note("ended", message)
"""
FOREVER_AT_FIRST = """
import asyncio

async def handle(message: Message) -> None:
    note("begun", message)
    if message.receive_count == 1:
        await asyncio.sleep(3600)
"""
IN_BATCHES = """
import asyncio

async def handle(messages: list[Message]) -> dict[str, Exception]:
    await asyncio.sleep(0.01)
    return {message.id: Reject("not for us") for message in messages if message.body == "bad"}
"""
AT_ONCE = 40
MOST_THREADS = 12


@on_both_loops
def test_many_wait_at_once_in_a_worker_of_a_few_threads(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD, pool={"slots": 1, "coroutines": AT_ONCE})
    ids = daemon.send(*map(str, range(AT_ONCE)))
    daemon.wait_noted("begun", AT_ONCE)
    [worker] = daemon.workers()
    assert psutil.Process(worker).num_threads() <= MOST_THREADS
    daemon.let_go()
    daemon.wait_done(ids)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_one_that_passes_its_time_limit_is_cancelled_and_its_worker_goes_on(daemon: DaemonUnderTest) -> None:
    daemon.start(FOREVER_AT_FIRST, queue={"time_limit_seconds": 0.3})
    [message_id] = daemon.send("parcel")
    failed = daemon.wait_for("message.retried", message_id=message_id)
    assert (failed["handler"], failed["reason"]) == (
        "failed",
        "TimeoutError: passed its time limit of 0.3 s and was cancelled",
    )
    daemon.wait_done([message_id])
    assert len({pid for _, pid in daemon.notes("begun")}) == 1
    assert daemon.events("handler.stuck") == daemon.events("process.retiring") == []


def test_a_stop_lets_them_end_and_a_hasty_one_cancels_them_and_gives_their_messages_back(
    daemon: DaemonUnderTest,
) -> None:
    daemon.start(HELD, pool={"coroutines": 1}, queue={"visibility_seconds": 3600, "lookahead_seconds": 0})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    for count in (1, 2):
        assert daemon.notes("cancelled") == []
        daemon.signal(signal.SIGTERM)
        daemon.wait_for("process.told", pid=daemon.notes("begun")[0][1], count=count)
    assert daemon.wait_exit() == 0
    assert [body for body, _ in daemon.notes("cancelled")] == ["parcel"]
    assert daemon.wait_for("worker.drained")["fates"] == {message_id: "released"}
    assert daemon.receive() == [message_id]
    assert daemon.notes("ended") == []


def test_a_batch_says_of_each_message_what_became_of_it(daemon: DaemonUnderTest) -> None:
    daemon.start(IN_BATCHES)
    *good, bad = daemon.send("one", "two", "bad")
    daemon.wait_done(good)
    assert daemon.wait_for("message.rejected", message_id=bad)["reason"] == "not for us"
