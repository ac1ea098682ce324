"""Owners that have not renewed a lease for most of a failover time: they are dead, or will soon be taken for it."""

from __future__ import annotations

from collections.abc import Iterable

from .ages import Ages
from .lease import Lease

SILENT_SHARE = 0.8
"""Of the failover time: a living owner renews each third of it, and is looked at twice in that."""


class Silence:
    """Remembers them for ``remembered_seconds``: a worker of KCL that was killed stays announced for a while, and whose
    lease stood still is to be given no other one meanwhile. Pure state."""

    def __init__(self, failover_seconds: float, remembered_seconds: float) -> None:
        self._longest_seconds = SILENT_SHARE * failover_seconds
        self._remembered_seconds = remembered_seconds
        self._silent_mono: dict[str, float] = {}

    def look(self, leases: Iterable[Lease], ages: Ages, now_mono: float) -> None:
        """``leases`` can be read now and are not ended; how old they are ``ages`` says."""
        for lease in leases:
            if now_mono - ages.still_since(lease.shard) > self._longest_seconds:
                self._silent_mono[lease.holder] = now_mono

    def lately(self, now_mono: float) -> frozenset[str]:
        """Those of whom a lease has stood still."""
        return frozenset(
            owner for owner, mono in self._silent_mono.items() if now_mono - mono <= self._remembered_seconds
        )
