"""Which shards of a stream this worker reads: its door to the lease table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.source.kinesis.shards import ShardList
from punctuald.source.kinesis.stream import KinesisStream

from .fleet_view import FleetView
from .held import Held
from .lease_table import LeaseTable
from .shard_holder import ShardHolder
from .shard_rows import ShardRows
from .shard_watch import ShardWatch
from .table_watch import TableWatch
from .taking import Taking
from .workers.worker_ids import new_worker_id
from .workers.worker_metrics import WorkerMetrics


@dataclass(frozen=True, slots=True)
class LeaseCounts:
    """``readable``: how many shards there are to be read now, by all workers together; ``held``: by this one."""

    readable: int
    held: int


class Leases:
    """Takes this worker's share of the shards and keeps it, and gives the others theirs.

    ``metrics_table`` is APP-WorkerMetricStats of KCL 3.0 to 3.4. ``members`` says how many workers this daemon is to
    have: they start together, and the first must not take what the others would have to ask it for. ``draw`` gives
    random numbers from 0 to 1. ``now_utc`` is the time by Kinesis' clock, as far as that is known, for it refuses to
    read from a moment that has not come there yet; None: our clock's.
    """

    def __init__(
        self,
        stream: KinesisStream,
        table: LeaseTable,
        metrics_table: LeaseTable,
        shards: ShardList,
        holder: ShardHolder,
        clock: Clock,
        limited: LimitedLog,
        *,
        members: Callable[[], int] = lambda: 1,
        draw: Callable[[], float] = Random().random,  # noqa: B008, S311  # of our own, see docs/decisions/0042
        now_utc: Callable[[], float] | None = None,
        worker_id: str | None = None,
    ) -> None:
        me = self.worker_id = worker_id or new_worker_id()
        now_utc = now_utc or clock.utc
        rows = ShardRows(stream, table, shards, clock, now_utc, limited)
        self._table = table
        self._held = held = Held(stream, me, table, holder, clock, limited, draw, self._look_soon)
        self._view = view = FleetView(me, table, lambda: rows.listed, members, clock, stream.failover_seconds)
        self._shard_watch = ShardWatch(stream, view, rows, shards, held, limited, draw)
        self._metrics = WorkerMetrics(stream, me, table, metrics_table, clock)
        taking = Taking(stream, me, table, held, clock, now_utc, limited)
        self._table_watch = TableWatch(
            stream, view, self._shard_watch, self._metrics, held, taking, clock, limited, draw
        )

    @property
    def held(self) -> frozenset[str]:
        """The shards whose leases are surely ours, by the clock as it is now."""
        return self._held.shards

    def holds(self, shard: str) -> bool:
        """Whether this one's is: to be asked before anything of it is delivered or acknowledged. A process that was
        frozen finds out here, and `ShardHolder.lost` has been called when this returns."""
        return self._held.has(shard)

    @property
    def counts(self) -> LeaseCounts:
        """As of the last look at the table."""
        return LeaseCounts(len(self._view.readable), len(self.held))

    @property
    def trouble(self) -> SourceError | None:
        """Why no lease can be had now: the table can't be read, or is not about this stream. None: nothing is wrong."""
        return self._shard_watch.trouble or self._table_watch.trouble

    async def open(self) -> None:
        """Make the table and a row for each shard to begin with, at once: KCL's workers wait up to 30 s before an empty
        table. Raises `SourceError`, and makes nothing where there is no such stream; `SourceMisconfigured` where the
        rows are not about it."""
        await self._shard_watch.identify()  # first: a stream's name that is mistyped must not leave a table behind
        await self._table.create_table()
        await self._shard_watch.first_look()

    def start(self) -> None:
        """Take shards from now on; see `ShardHolder`."""
        self._shard_watch.start()
        self._table_watch.start()
        self._metrics.start()

    async def ended(self, shard: str, children: Sequence[str]) -> None:
        """The last record of a shard is settled; ``children`` as `GetRecords` named them, which may be none.

        Their rows are made first, and then the shard is done for good. Where the list of shards shows that it has not
        come to its end, its lease is lost, to be begun anew: its reader was given an end that is none.
        """
        await self._shard_watch.ended(shard, children)

    async def free(self, shard: str) -> None:
        """Leave it to others, done as far as `ShardHolder.progress` says; nothing, where it is not ours any more."""
        await self._held.free(shard)

    async def stop(self) -> None:
        """Take no more; what is held is kept."""
        await self._table_watch.stop()

    async def close(self) -> None:
        """Take no more, and leave all that is held to the others, done as far as `ShardHolder.progress` says. Takes no
        longer than a lease lasts, be the table away."""
        await self.stop()
        await self._shard_watch.stop()
        await self._held.free_all()
        await self._metrics.close()
        await self._table.close()

    def _look_soon(self) -> None:
        self._table_watch.look_soon()
