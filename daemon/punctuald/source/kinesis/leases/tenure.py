"""One lease for as long as this worker has it: renewed in time, handed over when asked, given up when it is too old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.policy.leases import changes
from punctuald.policy.leases.changes import Change
from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.policy.leases.lease import Lease
from punctuald.policy.leases.standing import Standing
from punctuald.policy.leases.tenure_times import TenureTimes
from punctuald.policy.leases.throughput import Throughput, measured

from .lease_table import LeaseTable
from .own_row import OwnRow
from .shard_holder import ShardHolder

TAKEN, NOT_RENEWED, DELETED = "taken", "not_renewed", "deleted"
HANDED_OVER, FREED, ENDED = "handed_over", "freed", "ended"
"""How a tenure ends: the first three are losses."""

_LOSSES = {Standing.TAKEN: TAKEN, Standing.DELETED: DELETED}


@dataclass(frozen=True, slots=True)
class Tools:
    """What all tenures of a worker have in common. ``over`` is called once of each: how it ended, and whose it is."""

    me: str
    table: LeaseTable
    holder: ShardHolder
    times: TenureTimes
    clock: Clock
    draw: Callable[[], float]
    over: Callable[[str, str, str], None]
    says_throughput: bool = False


class Tenure:
    """All that is written to the lease's row while it is ours. ``renewed_mono`` is when the write that made it ours was
    sent."""

    def __init__(self, lease: Lease, renewed_mono: float, tools: Tools) -> None:
        self.shard = lease.shard
        self._row = OwnRow(lease, renewed_mono, tools.me, tools.table, tools.clock)
        self._tools = tools
        self._throughput = Throughput(renewed_mono)
        self._children: frozenset[str] | None = None
        self._is_to_be_freed = False
        self._giving_up: asyncio.Future[Checkpoint | None] | None = None
        self._failures = 0
        self._draw = tools.draw()
        self._not_before_mono = 0.0
        self._is_urgent = False
        self._wake = asyncio.Event()
        self._over = asyncio.Event()

    @property
    def is_ours(self) -> bool:
        """Whether it surely is, by the clock as it is now: after a freeze of this process it may not be."""
        return not self._over.is_set() and self._tools.clock.mono() < self._expires_mono

    def drop_if_too_old(self) -> None:
        """Give it up at once where its time is over, before anything else can be done with it."""
        if not self._over.is_set() and not self.is_ours:
            self._end(NOT_RENEWED)

    def look_soon(self, seen: Lease) -> None:
        """The table says ``seen``: where that names others than we know of, the next write finds out what it means."""
        known = self._row.lease
        if (seen.owner, seen.checkpoint_owner) != (known.owner, known.checkpoint_owner):
            self._write_soon()

    async def end(self, children: Iterable[str]) -> None:
        """Its last record is settled, and the rows of ``children`` are there: say so, or lose it."""
        self._children = frozenset(children)
        self._write_soon()
        await self._over.wait()

    async def free(self) -> None:
        """Leave it to anybody, as far done as it is, or lose it."""
        self._is_to_be_freed = True
        self._write_soon()
        await self._over.wait()

    def forget(self) -> None:
        """It is over without a word to anybody."""
        self._over.set()
        self._wake.set()

    async def run(self) -> None:
        """Until it is over. What the holder raises ends it, for nobody knows what it reads then."""
        try:
            while not self._over.is_set():
                await self._until_due()
                self.drop_if_too_old()
                if not self._over.is_set():
                    await self._write_in_time()
        except Exception:
            self._end(NOT_RENEWED)
            raise

    @property
    def _expires_mono(self) -> float:
        return self._tools.times.expires_mono(self._row.renewed_mono)

    def _write_soon(self) -> None:
        self._is_urgent = True
        self._wake.set()

    async def _until_due(self) -> None:
        """What is urgent waits for nothing but the pause after a failure. Progress is looked at now and then."""
        longest_seconds = self._tools.times.checkpoint_interval_seconds
        while (seconds := self._due_mono() - self._tools.clock.mono()) > 0:
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, longest_seconds)):
                    await self._wake.wait()

    def _due_mono(self) -> float:
        if self._over.is_set():
            return 0.0
        due_mono = 0.0 if self._is_urgent else self._renewal_due_mono()
        return min(max(due_mono, self._not_before_mono), self._expires_mono)

    def _renewal_due_mono(self) -> float:
        done = self._tools.holder.progress(self.shard)
        # where writes fail, none is made for a checkpoint alone: renewals go first
        has_moved = not self._failures and done is not None and done > self._row.lease.checkpoint
        return self._tools.times.due_mono(self._row.renewed_mono, has_moved=has_moved, draw=self._draw)

    async def _write_in_time(self) -> None:
        """A call that does not come back is waited for no longer than the lease is ours."""
        self._is_urgent = False
        change, how = self._next_change()
        try:
            async with asyncio.timeout(self._expires_mono - self._tools.clock.mono()):
                standing = await self._row.write(change, is_last=bool(how))
        except TimeoutError:
            self.drop_if_too_old()
        except SourceError:
            self._try_again_later()
        else:
            self._written(standing, how)

    def _next_change(self) -> tuple[Change, str]:
        """What to write, and how the tenure has ended when it is written; "": it has not."""
        lease, me = self._row.lease, self._tools.me
        if self._children is not None:
            return changes.ended(lease, me, self._children), ENDED
        if self._giving_up is not None and self._giving_up.done():
            return changes.handed_over(lease, me, self._giving_up.result()), HANDED_OVER
        done = self._tools.holder.progress(self.shard)
        if self._is_to_be_freed and not self._row.is_asked_for:
            return changes.freed(lease, me, done), FREED
        return changes.renewed(lease, me, done, self._throughput_kbps()), ""

    def _throughput_kbps(self) -> float | None:
        if not self._tools.says_throughput:
            return None
        read_bytes, now_mono = self._tools.holder.read_bytes(self.shard), self._tools.clock.mono()
        self._throughput = measured(self._throughput, read_bytes, now_mono)
        return self._throughput.kbps

    def _written(self, standing: Standing, how: str) -> None:
        self._failures, self._draw = 0, self._tools.draw()
        if self._over.is_set():  # given up meanwhile
            return
        if standing in _LOSSES:
            self._end(_LOSSES[standing])
        elif standing is Standing.WRITTEN and how:
            self._end(how)
        elif self._row.is_asked_for and self._giving_up is None:
            self._giving_up = asyncio.ensure_future(self._tools.holder.give_up(self.shard))
            self._giving_up.add_done_callback(lambda _: self._write_soon())
        elif standing is Standing.NOT_WRITTEN or how:
            self._is_urgent = True  # it is still to be written, to the row as it is known now

    def _try_again_later(self) -> None:
        self._failures += 1
        seconds = self._tools.times.back_off_seconds(self._failures, self._tools.draw())
        self._not_before_mono = self._tools.clock.mono() + seconds
        self._is_urgent = True

    def _end(self, how: str) -> None:
        self._over.set()
        self._wake.set()
        if how in (TAKEN, NOT_RENEWED, DELETED):
            self._tools.holder.lost(self.shard)
        self._tools.over(self.shard, how, self._row.lease.owner)
