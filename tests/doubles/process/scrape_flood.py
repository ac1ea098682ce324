"""Floods a daemon's HTTP server, in a process of its own: `python -m doubles.process.scrape_flood PORT`.

A thousand scrapes a second, each on a connection of its own, and fifty clients that ask for the largest page, never
read it, and come again as soon as they are dropped. Counts are written to stdout as JSON when stdin ends.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from punctuald.demo import tethered

PER_SECOND = 1000
NEVER_READING = 50
TICK_SECONDS = 0.01
MOST_UNDER_WAY = 200
"""Where the processor is too busy for a thousand a second, there are fewer."""
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: flood\r\n\r\n"
TESTS = Path(__file__).parents[2]


@dataclass
class Counts:
    """``unanswered``: refused by the kernel, or reset before an answer came."""

    served: int = 0
    refused: int = 0
    unanswered: int = 0
    stuck: int = 0

    @property
    def scrapes(self) -> int:
        """All that were tried."""
        return self.served + self.refused + self.unanswered


async def _scrape(port: int, counts: Counts) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(REQUEST)
            answer = await reader.read(-1)
        finally:
            writer.close()
    except OSError:
        answer = b""
    counts.served += answer.startswith(b"HTTP/1.1 200")
    counts.refused += answer.startswith(b"HTTP/1.1 503")
    counts.unanswered += not answer


async def _never_read(port: int, counts: Counts) -> None:
    loop = asyncio.get_running_loop()
    while True:
        with socket.socket() as client:
            client.setblocking(False)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # as little as the kernel allows
            try:
                await loop.sock_connect(client, ("127.0.0.1", port))
                await loop.sock_sendall(client, REQUEST)
                counts.stuck += 1
                await _until_dropped(client)
            except OSError:
                await asyncio.sleep(TICK_SECONDS)


async def _until_dropped(client: socket.socket) -> None:
    """A reset shows as an error, without that anything is read."""
    while not client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        await asyncio.sleep(0.1)


async def _flood(port: int, counts: Counts) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(NEVER_READING):
            group.create_task(_never_read(port, counts))
        under_way: set[asyncio.Task[None]] = set()
        while True:
            for _ in range(min(int(PER_SECOND * TICK_SECONDS), MOST_UNDER_WAY - len(under_way))):
                scrape = group.create_task(_scrape(port, counts))
                under_way.add(scrape)
                scrape.add_done_callback(under_way.discard)
            await asyncio.sleep(TICK_SECONDS)


async def _until_told(port: int) -> Counts:
    counts = Counts()
    flood = asyncio.create_task(_flood(port, counts))
    sys.stdout.write("\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    flood.cancel()
    await asyncio.wait([flood])
    return counts


@contextmanager
def flooded(port: int, core: int | None = None) -> Iterator[list[Counts]]:
    """While the block runs; what came of it is in the list after the block. ``core``: where the flood itself runs."""
    command = [sys.executable, "-P", tethered.__file__, str(os.getpid()), __name__, str(port)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        counts: list[Counts] = []
        try:
            assert process.stdout is not None
            process.stdout.readline()  # it has begun
            yield counts
        finally:
            said, _ = process.communicate(timeout=60)
            counts.append(Counts(**orjson.loads(said)))


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(_until_told(int(sys.argv[1])))))
