"""The event loop that all coroutine handlers share, and handlers that treat it as if it were theirs alone.

In a process of its own each time, for that loop's thread never ends.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, os, sys

from doubles.delivery.worker_bench import CALENDAR
from punctuald.clock import ManualClock, SystemClock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.run.coroutine_loop import CoroutineLoop, CoroutineWork
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.handler.invoke import CoroutineHandler
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

OPTIONS = QueueOptions(0, MemoryQueueSource(MemoryQueue("orders", ManualClock()), lambda _: None), EventTime())

class Words:
    def start(self, *_): pass
    def stop(self): pass

def item(message_id):
    message = Message(message_id, "orders", "the body", "handle", 0.0, 0.0)
    return InFlight(message, OPTIONS, CALENDAR.target_of(0), 0.0, 30.0)

async def leave():
    sys.exit(3)

async def cancel_everybody():
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)

async def stop_the_loop():
    asyncio.get_running_loop().stop()

async def exit_in_a_task():
    await asyncio.gather(leave(), asyncio.sleep(0.01))

async def exit_in_a_callback():
    asyncio.get_running_loop().call_soon(sys.exit, 3)
    await asyncio.sleep(0.01)

begun, misbehaved = set(), asyncio.Event()

async def handle(message):
    begun.add(message.id)
    if message.id == "a":
        while len(begun) < 3:  # the others are in the middle of their work when it happens
            await asyncio.sleep(0.001)
        try:
            await {misbehave}()
        finally:
            misbehaved.set()
    await misbehaved.wait()
    await asyncio.sleep(0.01)

async def main():
    handlers = CoroutineLoop(
        {{0: CoroutineWork("orders", CoroutineHandler(handle, batch=False, time_limit_seconds=0), 0)}},
        [Words() for _ in range(3)], SystemClock(), lambda *_: None,
    )
    items, over = [item(name) for name in "abc"], asyncio.Event()

    def ended(batches):
        if handlers.idle == 3:
            over.set()

    handlers.start(ended)
    for each in items:
        handlers.run(MicroBatch([each], 0, 0.0, 1))
    await asyncio.wait_for(over.wait(), 30)
    for each in items:
        print(each.id, each.outcome.kind.name, each.outcome.reason, flush=True)

asyncio.run(main())
os._exit(0)
"""


@pytest.mark.parametrize(
    ("misbehave", "outcomes"),
    [
        ("cancel_everybody", ["a FAILED cancelled", "b FAILED cancelled", "c FAILED cancelled"]),
        ("stop_the_loop", ["a DONE ", "b DONE ", "c DONE "]),
        ("exit_in_a_task", ["a FAILED SystemExit: 3", "b DONE ", "c DONE "]),
        ("exit_in_a_callback", ["a DONE ", "b DONE ", "c DONE "]),
    ],
)
def test_whatever_a_coroutine_does_to_its_loop_every_message_has_an_outcome_and_every_place_is_free_again(
    misbehave: str, outcomes: list[str]
) -> None:
    script = SCRIPT.format(misbehave=misbehave)
    told = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True, text=True, timeout=60)
    assert told.stdout.splitlines() == outcomes
