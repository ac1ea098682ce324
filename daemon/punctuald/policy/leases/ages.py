"""For how long rows of the lease table have stood still, by this worker's own monotonic clock.

No clocks of two machines are compared: an owner that is alive raises the counter, and nothing else tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from .lease import Lease


@dataclass(slots=True)
class _Seen:
    counter: int
    still_since_mono: float
    owners: tuple[str, str]
    owners_since_mono: float
    readable_since_mono: float


class Ages:
    """Of the rows of the last look, by shard."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def look(self, leases: Iterable[Lease], readable: frozenset[str], now_mono: float) -> None:
        """These are the rows. ``now_mono`` is when they had been read: that errs in favour of their owners."""
        self._seen = {lease.shard: self._look_at(lease, lease.shard in readable, now_mono) for lease in leases}

    def still_since(self, shard: str) -> float:
        """Since when (monotonic) nobody was seen to write it but to ask for it."""
        return self._seen[shard].still_since_mono

    def readable_since(self, shard: str) -> float:
        """Since when (monotonic) its parents are known to have ended; inf: they have not."""
        return self._seen[shard].readable_since_mono

    def owners_since(self, shard: str) -> float:
        """Since when (monotonic) it has the same owner and is taken from the same one."""
        return self._seen[shard].owners_since_mono

    def _look_at(self, lease: Lease, is_readable: bool, now_mono: float) -> _Seen:  # noqa: FBT001  # private
        owners = (lease.owner, lease.checkpoint_owner)
        before = self._seen.get(lease.shard)
        if before is None:
            return _Seen(lease.counter, now_mono, owners, now_mono, now_mono if is_readable else inf)
        return _Seen(
            lease.counter,
            before.still_since_mono if before.counter == lease.counter else now_mono,
            owners,
            before.owners_since_mono if before.owners == owners else now_mono,
            min(before.readable_since_mono, now_mono) if is_readable else inf,
        )
