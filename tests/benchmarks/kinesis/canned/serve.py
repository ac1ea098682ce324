"""The canned stream as a process: `python -m benchmarks.kinesis.canned.serve`, or `canned_stream` to start one.

It says its address on stdout, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.canned.address import LOOPBACK
from benchmarks.canned.serve import new_event_loop
from benchmarks.kinesis.canned.protocol import CannedKinesis
from benchmarks.kinesis.canned.records import SHARDS, CannedShard
from benchmarks.processes.piped import piped


@contextmanager
def canned_stream(core: int) -> Iterator[str]:
    """Its URL; it runs on that core, and ends with the block."""
    with piped(core, [sys.executable, "-P", "-m", "benchmarks.kinesis.canned.serve"]) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()


async def _serve() -> None:
    shards = {name: CannedShard(name) for name in SHARDS}
    gc.freeze()  # what was made so far stays: the collector need not look at it again
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: CannedKinesis(shards), LOOPBACK, 0)
    print(f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - for who started it
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    await commands.read()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve())
