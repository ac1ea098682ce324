"""The canned SQS server: `python -m benchmarks.canned.serve DIALECT`. As fast as Python answers, and it counts.

It says its port on stdout, then takes one command a line on stdin, and answers each with a line of JSON:
``allow COUNT`` · ``drip INTERVAL_SECONDS COUNT`` · ``count`` · ``available``. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from typing import Any

import orjson

from benchmarks.canned.bodies import DIALECTS, VARIETY
from benchmarks.canned.protocol import CannedProtocol
from benchmarks.canned.queue import CannedQueue
from benchmarks.canned.stock import Stock

LOOPBACK = "127.0.0.1"


async def serve(dialect: str) -> None:
    """Until standard input ends."""
    make = DIALECTS[dialect]
    queue = CannedQueue(Stock([make(number) for number in range(VARIETY)]))
    gc.freeze()  # what was made so far stays: the collector need not look at it again
    loop = asyncio.get_running_loop()
    endpoint = ""

    def protocol() -> CannedProtocol:
        return CannedProtocol(queue, endpoint)

    server = await loop.create_server(protocol, LOOPBACK, 0, backlog=256)
    endpoint = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    _say({"endpoint_url": endpoint})
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        _say(_obey(queue, line.decode().split()))


def _obey(queue: CannedQueue, words: list[str]) -> dict[str, Any]:
    match words:
        case ["allow", count]:
            queue.allow(int(count))
        case ["drip", interval_seconds, count]:
            queue.drip(float(interval_seconds), int(count))
        case ["available"]:
            return {"available_ns": queue.available_ns}
        case ["count"]:
            return _counters(queue)
        case _:
            return {"error": f"no such command: {words}"}
    return {}


def _counters(queue: CannedQueue) -> dict[str, Any]:
    return {
        "mono_seconds": time.monotonic(),
        "cpu_seconds": time.process_time(),
        "handed": queue.handed,
        "deleted": queue.deleted,
        "calls": dict(queue.calls),
    }


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
