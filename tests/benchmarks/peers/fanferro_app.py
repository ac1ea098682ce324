"""fanferro, a Rust core with asyncio handlers: `fanferro_app.py ENDPOINT_URL QUEUE_URL`.

`concurrency` as in the examples of its README and guide (20); prefetch and batches are its defaults, which its README
recommends ("Full batches, overlapping", "Lean defaults"). A blocking handler would stop its event loop: the sleeping
one is a coroutine here.
"""

from __future__ import annotations

import asyncio
import json
import sys

import fanferro

from benchmarks.peers import work

CONCURRENCY = 20


async def handle(message: fanferro.Message[bytes]) -> None:
    """Parse and do the work."""
    event = json.loads(message.body)
    if work.KIND == "sleep":
        await asyncio.sleep(work.SLEEP_SECONDS)
    else:
        work.do(event)


async def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    client = fanferro.Client(
        source="urn:bench",
        region="us-east-1",
        endpoint_url=endpoint_url,
        credentials=fanferro.Credentials("test", "test"),
    )
    consumer = client.consumer(client.queue("bench", url=queue_url), concurrency=CONCURRENCY)
    consumer.default(handle)
    async with client:
        await consumer.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
