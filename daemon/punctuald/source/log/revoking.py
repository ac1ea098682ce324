"""Having what runs of a partition finish before it goes, and no longer than there is time for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from punctuald.ports import OnRevoked


async def revoke_within(seconds: float, call: OnRevoked, partitions: Collection[str]) -> None:
    """What has not ended by then is given up: its acknowledgement will be refused. With no time at all, what has not
    started is dropped all the same: `asyncio.wait_for` would not even begin."""
    given_up = asyncio.ensure_future(call(partitions))
    _, running = await asyncio.wait((given_up,), timeout=seconds)
    for each in running:
        each.cancel()
