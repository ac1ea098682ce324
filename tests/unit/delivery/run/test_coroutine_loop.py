"""Handlers that are coroutines: many at once in one thread, cancelled where they wait when their time is over.

Each story in a process of its own, for the handlers' loop ends only with its process.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMON = """
import asyncio, os, threading, time

from doubles.delivery.deliveries import Words, micro_batch
from punctuald.clock import SystemClock
from punctuald.delivery.run.coroutine_loop import CoroutineLoop, CoroutineWork
from punctuald.handler.invoke import CoroutineHandler

class Coroutines:
    def __init__(self, function, places, time_limit_seconds=0.0):
        self.words = [Words() for _ in range(places)]
        self.failures, self.errors, self.wake_ups, self.over = [], [], 0, []
        self.came = asyncio.Event()
        handler = CoroutineHandler(function, batch=False, time_limit_seconds=time_limit_seconds)
        self.runner = CoroutineLoop(
            {0: CoroutineWork("orders", handler, time_limit_seconds)}, self.words, SystemClock(),
            lambda error, message: self.failures.append(f"{message.id}: {error}"),
        )
        self.runner.start(self.ended)

    def ended(self, batches):
        self.wake_ups += 1
        self.over += [(item.id, item.outcome.kind.value, item.outcome.reason)
                      for batch in batches for item in batch.take_finished()]
        self.came.set()

    async def until(self, is_so):
        async with asyncio.timeout(30):
            while not is_so():
                self.came.clear()
                await self.came.wait()

"""

MANY = """
async def handle(message):
    running.add(message.id)
    most.append(len(running))
    threads.add(threading.current_thread().name)
    if len(running) == 200:
        all_at_once.set()
    await all_at_once.wait()
    running.discard(message.id)

running, most, threads, all_at_once = set(), [], set(), asyncio.Event()

async def main():
    on = Coroutines(handle, 200)
    for number in range(200):
        on.runner.run(micro_batch(str(number)))
    assert on.runner.idle == 0
    await on.until(lambda: len(on.over) == 200)
    print(max(most), sorted(threads), on.runner.idle, threading.active_count(), on.wake_ups < 200)
"""

CANCELLED = """
started = threading.Event()

async def handle(message):
    started.set()
    await asyncio.sleep(3_600)

async def main():
    on = Coroutines(handle, 2)
    on.runner.run(micro_batch("a"))
    assert await asyncio.to_thread(started.wait, 20)
    print([(each.message_id, each.queue) for each in on.runner.running()], [words.now for words in on.words])
    on.runner.cancel()
    await on.until(lambda: len(on.over) == 1)
    print(on.over, on.failures, on.runner.idle, on.runner.running(), {words.now for words in on.words})
"""

OVER_LIMIT = """
async def handle(message):
    await asyncio.sleep(3_600 if message.id == "slow" else 0)

async def main():
    on = Coroutines(handle, 2, time_limit_seconds=0.05)
    on.runner.run(micro_batch("slow"))
    on.runner.run(micro_batch("quick"))
    await on.until(lambda: len(on.over) == 2)
    print([kind for _, kind, _ in sorted(on.over)], len(on.failures), on.runner.idle)
"""

BLOCKING = """
at_it, go_on = threading.Event(), threading.Event()

async def handle(message):
    at_it.set()
    go_on.wait(20)

async def main():
    on = Coroutines(handle, 1)
    on.runner.run(micro_batch("blocks"))
    assert at_it.wait(20)
    for _ in range(100):
        await asyncio.sleep(0)  # the worker's own loop turns all the while
    print(on.over)
    go_on.set()
    await on.until(lambda: len(on.over) == 1)
    print(on.over)
"""

HELD_UP = """
at_it, waiting, go_on = threading.Event(), threading.Event(), threading.Event()

async def block():
    at_it.set()
    go_on.wait(60)

async def handle(message):
    if message.id == "blocks":
        await asyncio.gather(block(), asyncio.sleep(0))
    else:
        waiting.set()
        await asyncio.sleep(0.01)

def seen(on):
    now_mono = time.monotonic()
    return sorted(
        (each.message_id, each.held_up, each.time_limit_seconds, each.free_until_mono <= now_mono)
        for each in on.runner.running()
    )

async def until_held_up(on):
    async with asyncio.timeout(30):
        while not any(each.held_up for each in on.runner.running()):
            on.runner.look()
            await asyncio.sleep(0.05)

async def main():
    on = Coroutines(handle, 3, time_limit_seconds=7)
    for id in ("waits", "blocks"):
        on.runner.run(micro_batch(id))
    assert await asyncio.to_thread(at_it.wait, 20)
    on.runner.run(micro_batch("given"))
    await until_held_up(on)
    print(seen(on))
    go_on.set()
    await on.until(lambda: len(on.over) == 3)
    on.runner.look()
    print(sorted(on.over), seen(on))
"""

NO_LIMIT_OF_ITS_OWN = (
    HELD_UP[: HELD_UP.index("async def main")]
    + """
async def main():
    on = Coroutines(handle, 2, time_limit_seconds=0)
    on.runner.run(micro_batch("blocks"))
    assert await asyncio.to_thread(at_it.wait, 20)
    on.runner.run(micro_batch("given"))
    await until_held_up(on)
    print(seen(on))
    go_on.set()
    await on.until(lambda: len(on.over) == 2)
"""
)

NOBODYS_STEP = (
    HELD_UP[: HELD_UP.index("async def main")]
    + """
async def main():
    on = Coroutines(handle, 2, time_limit_seconds=7)
    on.runner._loop.call_soon_threadsafe(go_on.wait, 60)  # such as a task that outlived its handler
    on.runner.run(micro_batch("given"))
    await until_held_up(on)
    print(seen(on))
    go_on.set()
    await on.until(lambda: len(on.over) == 1)
"""
)

OWN_FAULT = """
class Broken:
    batch = False

    async def handle(self, messages, on_failure):
        raise RuntimeError("a fault of our own")

async def main():
    errors, heard = [], asyncio.Event()
    def broke(_loop, context):
        errors.append(str(context["exception"]))
        heard.set()
    asyncio.get_running_loop().set_exception_handler(broke)
    runner = CoroutineLoop({0: CoroutineWork("orders", Broken(), 0)}, [Words()], SystemClock(), lambda *_: None)
    runner.start(lambda _: None)
    runner.run(micro_batch("a"))
    await asyncio.wait_for(heard.wait(), 20)
    print(errors)
"""


FREED_FIRST = """
returned, looked = threading.Event(), threading.Event()

def keep_its_place():
    returned.set()
    looked.wait(30)

async def handle(message):
    if message.id == "second":
        asyncio.get_running_loop().call_soon(keep_its_place)  # before the loop learns that the call is over

async def main():
    on = Coroutines(handle, 2)
    on.runner.run(micro_batch("first"))
    on.runner.run(micro_batch("second"))
    returned.wait(30)
    await on.until(lambda: on.over)
    print([id for id, _, _ in on.over], on.runner.idle)
    looked.set()
    await on.until(lambda: on.runner.idle == 2)
"""


@pytest.mark.parametrize(
    ("story", "told"),
    [
        pytest.param(MANY, ["200 ['handler-loop'] 200 2 True"], id="200 at once in one thread, and few wake-ups"),
        pytest.param(
            CANCELLED,
            ["[('a', 'orders')] ['', 'a']", "[('a', 'failed', 'cancelled')] [] 2 [] {''}"],
            id="cancelled at the end of a drain, its place free again",
        ),
        pytest.param(OVER_LIMIT, ["['done', 'failed'] 1 2"], id="one past its time limit ends only itself"),
        pytest.param(
            BLOCKING, ["[]", "[('blocks', 'done', '')]"], id="one that blocks does not stop the worker's loop"
        ),
        pytest.param(
            HELD_UP,
            [
                "[('blocks', False, 7, False), ('given', True, 7, True), ('waits', True, 7, True)]",
                "[('blocks', 'done', ''), ('given', 'done', ''), ('waits', 'done', '')] []",
            ],
            id="what one of them blocks in a task of its own is held up, and it alone is not",
        ),
        pytest.param(
            NO_LIMIT_OF_ITS_OWN,
            ["[('blocks', False, 0.0, False), ('given', True, 0, True)]"],
            id="without any limit nothing is over it",
        ),
        pytest.param(NOBODYS_STEP, ["[('given', True, 7, True)]"], id="a step that is nobody's holds up all"),
        pytest.param(FREED_FIRST, ["['first'] 1"], id="one is over when its place is free, and not before"),
        pytest.param(OWN_FAULT, ["['a fault of our own']"], id="a fault of our own is heard by the worker's loop"),
    ],
)
def test_coroutines(story: str, told: list[str]) -> None:
    script = COMMON + story + "\nasyncio.run(main())\nos._exit(0)\n"
    script = script.replace("os._exit(0)", "import sys; sys.stdout.flush(); os._exit(0)")
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ran.stdout.splitlines() == told, ran.stderr
