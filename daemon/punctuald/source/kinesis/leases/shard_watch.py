"""The list of shards, again and again, and whether it belongs to the lease rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from punctuald.errors import SourceError, SourceMisconfigured, SourceMissing
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases.contradictions import contradiction
from punctuald.policy.leases.lease import Lease
from punctuald.policy.leases.shard import Shard
from punctuald.source.background import in_the_background
from punctuald.source.kinesis.shards import ShardList
from punctuald.source.kinesis.stream import KinesisStream

from .fleet_view import FleetView
from .held import Held
from .pause import Pause
from .shard_rows import ShardRows

LIST_SECONDS, JITTER_SHARE = 60.0, 0.25
FIRST_AGAIN_SECONDS = 1.0
"""After a list that failed, or that did not show yet what it must come to; doubled up to `LIST_SECONDS`."""
SUSPECTED_AS_FAILURES = 3
"""What is suspected is looked at again after 4 to 8 s: a list of shards is seldom older."""
MISTAKEN = "LeaseTableMistaken"


class ShardWatch:
    """``identity`` is the stream's as rows have it. While ``trouble`` is there, no lease is taken."""

    def __init__(
        self,
        stream: KinesisStream,
        view: FleetView,
        rows: ShardRows,
        shards: ShardList,
        held: Held,
        limited: LimitedLog,
        draw: Callable[[], float],
    ) -> None:
        self._stream = stream
        self._view = view
        self._rows = rows
        self._shards = shards
        self._held = held
        self._limited = limited
        self._draw = draw
        self._pause = Pause()
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._suspected = ""
        self.identity = ""
        self.trouble: SourceError | None = None

    async def identify(self) -> None:
        """Ask which stream it is. Raises `SourceError`, where there is none as well."""
        self.identity = (await self._shards.describe()).text

    async def first_look(self) -> None:
        """Compare, and make the rows to begin with; after `identify`. Raises `SourceError`."""
        leases, shards = await self._both()
        if (fault := contradiction(leases, shards, self.identity)) is not None:
            raise self._mistaken(fault)
        await self._rows.make_missing(leases, self.identity)

    def start(self) -> None:
        """List from now on."""
        self._task = in_the_background(self._run())

    def look_soon(self) -> None:
        """The table is not there any more."""
        self._pause.end()

    async def stop(self) -> None:
        """List no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def compare(self, leases: Sequence[Lease]) -> None:
        """Whether the rows, as they were just read, are about this stream: else none of them is read or written."""
        if self.trouble is None and (fault := contradiction(leases, (), self.identity)) is not None:
            self._stand_back(fault)

    async def ended(self, shard: str, named: Sequence[str]) -> None:
        """See `Leases.ended`. The lease is renewed meanwhile; the end of that is the end of this."""
        failures = 0
        while self._held.has(shard):
            try:
                children = await self._rows.make_children(shard, named, self.identity)
            except SourceError:
                children = None
            else:
                if children is not None:
                    await self._held.end(shard, children)
                    return
                if self._rows.is_open(shard):
                    self._limited.warning("kinesis.shard_end_mistaken", queue=self._stream.name, shard=shard)
                    self._held.lose(shard)
                    return
            failures += 1
            await asyncio.sleep(self._back_off_seconds(failures))

    async def _run(self) -> None:
        while True:
            await self._pause.wait(self._wait_seconds())
            try:
                await self._look()
            except SourceError as error:
                self._failures += 1
                self._limited.warning(
                    "kinesis.shards_unknown", queue=self._stream.name, error=str(error), failures=self._failures
                )
            else:
                self._failures = 0

    def _wait_seconds(self) -> float:
        if self._failures or self._suspected:
            return self._back_off_seconds(max(self._failures, SUSPECTED_AS_FAILURES))
        return LIST_SECONDS * (1 - JITTER_SHARE * self._draw())

    def _back_off_seconds(self, failures: int) -> float:
        most = min(LIST_SECONDS, FIRST_AGAIN_SECONDS * 2.0 ** min(failures, 10))
        return most * (0.5 + self._draw() / 2)

    async def _look(self) -> None:
        leases, shards = await self._both()
        await self.identify()
        fault = contradiction(leases, shards, self.identity)
        if fault is not None:
            self._suspect(fault)
            return
        self._suspected, self.trouble = "", None
        await self._rows.make_missing(leases, self.identity)
        await self._rows.delete_done(leases)
        for shard in self._rows.gone(leases) & self._held.shards:
            await self._end_gone(shard)

    async def _end_gone(self, shard: str) -> None:
        """What was left of it can't be read any more, and its children must not wait for it."""
        self._limited.warning("kinesis.shard_gone", queue=self._stream.name, shard=shard)
        children = await self._rows.make_children(shard, (), self.identity)
        if children is not None:
            await self._held.end_unread(shard, children)

    async def _both(self) -> tuple[Sequence[Lease], Sequence[Shard]]:
        """In this order: a shard that ends in between is open in neither."""
        try:
            leases = await self._view.look()
        except SourceMissing:
            await self._rows.make_table()
            leases = await self._view.look()
        return leases, await self._rows.list()

    def _suspect(self, fault: str) -> None:
        """The list of shards may be some seconds old: what it contradicts has to be so at the next look too."""
        if self.trouble is None and fault == self._suspected:
            self._stand_back(fault)
        self._suspected = fault

    def _stand_back(self, fault: str) -> None:
        self.trouble = self._mistaken(fault)
        self._limited.error("kinesis.lease_table_mistaken", queue=self._stream.name, error=str(self.trouble))
        self._held.drop_all()

    def _mistaken(self, fault: str) -> SourceMisconfigured:
        text = (
            f"stream {self._stream.stream!r}: the lease table {self._stream.application!r} is not about it: {fault}; "
            "delete that table, or name another application"
        )
        return SourceMisconfigured(text, code=MISTAKEN)
