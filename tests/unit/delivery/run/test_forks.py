"""A handler may fork, and its child may come back out of it: that one must settle nothing of ours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FORKING = """
import asyncio, os, sys

from doubles.delivery.deliveries import Words, micro_batch
from punctuald.clock import SystemClock
from punctuald.delivery.run.{module} import {runner}, {work}
from punctuald.handler.invoke import {handler}

children = []

{async_}def handle(message):
    if message.id == "forks":
        children.append(os.fork())

async def main():
    over = asyncio.Event()
    batch = micro_batch({ids})
    runner = {runner}({{0: {work}("orders", {make}, 0)}}, [Words()], SystemClock(), lambda *_: None)
    runner.start(lambda _: over.set())
    runner.run(batch)
    await asyncio.wait_for(over.wait(), 20)
    print(len(batch.take_finished()), os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]), flush=True)
    os._exit(0)

asyncio.run(main())
"""


@pytest.mark.parametrize("coroutines", [False, True])
def test_a_fork_that_comes_back_out_of_its_handler_ends_and_settles_nothing(coroutines: bool) -> None:
    """In a process of its own, for that one forks among threads."""
    fields = (
        {
            "module": "coroutine_loop",
            "runner": "CoroutineLoop",
            "work": "CoroutineWork",
            "handler": "CoroutineHandler",
            "make": "CoroutineHandler(handle, batch=False, time_limit_seconds=0)",
            "async_": "async ",
            "ids": '"forks"',
        }
        if coroutines
        else {
            "module": "handler_threads",
            "runner": "HandlerThreads",
            "work": "Work",
            "handler": "MessageHandler",
            "make": "MessageHandler(handle)",
            "async_": "",
            "ids": '"forks", "behind"',
        }
    )
    script = FORKING.format(**fields)
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (ran.stdout.strip(), ran.returncode) == ("1 0" if coroutines else "2 0", 0), ran.stderr
