"""The canned SQS server: `python -m benchmarks.canned.serve DIALECT LATENCY_SECONDS [CERTIFICATE_FILE]`.

As fast as Python answers, on uvloop where it is installed, and it counts. With a certificate it speaks TLS. It says its
address and its event loop on stdout, then takes one command a line on stdin, and answers each with a line of JSON:
``allow COUNT`` · ``drip INTERVAL_SECONDS COUNT`` · ``count`` · ``available``. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import ssl
import sys
import time
from importlib.util import find_spec
from typing import Any

import orjson

from benchmarks.canned.address import LOOPBACK
from benchmarks.canned.bodies import DIALECTS, VARIETY
from benchmarks.canned.protocol import CannedProtocol
from benchmarks.canned.queue import CannedQueue
from benchmarks.canned.stock import Stock


async def serve(dialect: str, latency_seconds: float, certificate_file: str | None) -> None:
    """Until standard input ends."""
    make = DIALECTS[dialect]
    queue = CannedQueue(Stock([make(number) for number in range(VARIETY)]))
    gc.freeze()  # what was made so far stays: the collector need not look at it again
    loop = asyncio.get_running_loop()
    endpoint = ""

    def protocol() -> CannedProtocol:
        return CannedProtocol(queue, endpoint, latency_seconds)

    server = await loop.create_server(protocol, LOOPBACK, 0, backlog=256, ssl=_tls(certificate_file))
    scheme = "http" if certificate_file is None else "https"
    endpoint = f"{scheme}://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    _say({"endpoint_url": endpoint, "loop": type(loop).__module__})
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        _say(_obey(queue, line.decode().split()))


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where it is installed: it leaves more of the core to the server's own work."""
    if find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
    return loop


def _tls(certificate_file: str | None) -> ssl.SSLContext | None:
    if certificate_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file)
    return context


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
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(sys.argv[1], float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None))
