"""Handlers that are coroutines take no thread each, and end when their time is over."""

from __future__ import annotations

import signal

import psutil
import pytest

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
BLOCKS = """
import asyncio

async def block():
    time.sleep(3600)

async def handle(message: Message) -> None:
    note("begun", message)
    if message.body == "blocks":
        time.sleep(3600)
    if message.body == "blocks-in-a-task":
        await asyncio.gather(block(), asyncio.sleep(3600))
    while not (HERE / "let_go").exists():
        await asyncio.sleep(0.05)
    note("ended", message)
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
    worker = daemon.worker()
    assert psutil.Process(worker).num_threads() <= MOST_THREADS
    daemon.let_go()
    daemon.wait_done(ids)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_one_that_passes_its_time_limit_is_cancelled_and_its_worker_goes_on(daemon: DaemonUnderTest) -> None:
    daemon.start(FOREVER_AT_FIRST, queue={"time_limit_seconds": 0.3})
    [message_id] = daemon.send("parcel")
    failed = daemon.wait_for("message.retried", message_id=message_id)
    assert (failed["outcome"], failed["reason"]) == (
        "failed",
        "TimeoutError: passed its time limit of 0.3 s and was cancelled",
    )
    daemon.wait_done([message_id])
    assert len({pid for _, pid in daemon.notes("begun")}) == 1
    assert daemon.events("handler.stuck") == daemon.events("process.retiring") == []


@pytest.mark.parametrize("body", ["blocks", "blocks-in-a-task"])
def test_one_that_blocks_their_loop_is_charged_alone_and_the_worker_replaced(
    daemon: DaemonUnderTest, body: str
) -> None:
    daemon.start(BLOCKS, pool={"poison_deaths": 1}, queue={"time_limit_seconds": 4, "visibility_seconds": 600})
    worker = daemon.worker()
    bystanders = daemon.send(*map(str, range(10)))
    daemon.wait_noted("begun", 10)
    [blocking] = daemon.send(body)
    daemon.wait_noted("begun", 11)
    given_afterwards = daemon.send("given-to-a-loop-that-stands-still")
    daemon.wait_for("handler.stuck", message_id=blocking)
    daemon.let_go()
    daemon.wait_for("process.retiring", pid=worker, reason="handler stuck")
    exited = daemon.wait_for("process.exited", pid=worker, status=70)
    assert exited["held_messages"] == [blocking]
    daemon.wait_done([*bystanders, *given_afterwards])
    assert daemon.dead_letter()[0] == body
    assert {event["message_id"] for event in daemon.events("handler.stuck")} == {blocking}
    assert daemon.wait_for("message.rejected")["message_id"] == blocking
    assert daemon.events("message.retried") == [], "nobody was made to fail by the wait"


def test_a_stop_lets_them_end_and_a_hasty_one_cancels_them_and_gives_their_messages_back(
    daemon: DaemonUnderTest,
) -> None:
    daemon.start(HELD, pool={"coroutines": 1}, queue={"visibility_seconds": 3600, "lookahead_seconds": 0})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    for count in (1, 2):
        assert daemon.notes("cancelled") == []
        daemon.signal_until_passed_on(signal.SIGTERM, daemon.notes("begun")[0][1], count)
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


MISBEHAVES = """
import asyncio

async def leave():
    sys.exit(3)

async def exits_in_a_task():
    await asyncio.gather(leave(), asyncio.sleep(0.01))

async def cancels_everybody():
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)

WILD = {"exit": exits_in_a_task, "cancel": cancels_everybody}

async def handle(message: Message) -> None:
    note("begun", message)
    if message.receive_count == 1:
        await WILD.get(message.body, asyncio.sleep)(*([0.3] if message.body not in WILD else []))
    note("ended", message)
"""


def test_one_that_ends_or_cancels_what_it_must_not_costs_its_own_try_and_no_worker(daemon: DaemonUnderTest) -> None:
    daemon.start(MISBEHAVES)
    worker = daemon.worker()
    daemon.wait_done(daemon.send("exit"))
    daemon.wait_done(daemon.send("cancel"))
    daemon.wait_done(daemon.send(*map(str, range(10)), "cancel", *map(str, range(10))))
    assert {pid for _, pid in daemon.notes("begun")} == {worker}
    assert daemon.events("worker.failed") == daemon.events("process.exited") == []
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert daemon.wait_for("worker.drained")["fates"] == {}


FORKS = """
import asyncio

async def handle(message: Message) -> None:
    if message.body != "fork":
        note("begun", message)
        while not (HERE / "let_go").exists():
            await asyncio.sleep(0.05)
        note("ended", message)
        return
    child = os.fork()
    note("parent" if child else "child", message)
    if child:
        (HERE / "status").write_text(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
"""


def test_a_fork_that_returns_from_a_coroutine_settles_nothing_and_goes_on_with_none_of_the_others(
    daemon: DaemonUnderTest,
) -> None:
    daemon.start(FORKS)
    worker = daemon.worker()
    ids = daemon.send("one", "two")
    daemon.wait_noted("begun", 2)
    forked = daemon.send("fork")
    daemon.wait_done(forked)
    daemon.let_go()
    daemon.wait_done(ids)
    assert sorted(daemon.notes("ended")) == [("one", worker), ("two", worker)]
    assert (daemon.directory / "status").read_text() == "0"
    assert len(daemon.events("message.done", message_id=forked[0])) == 1
