"""How much of a shard is read a second, as KCL 3 has it in the lease's row for its leader."""

from __future__ import annotations

from dataclasses import dataclass, replace

KIB = 1024
NEWEST_SHARE = 0.5
"""What one renewal measures counts for half, and all before it for the other half: a burst moves no lease by itself."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """``kbps`` as of ``at_mono``, when ``read_bytes`` had been read in all; None before the first measurement."""

    at_mono: float
    read_bytes: int = 0
    kbps: float | None = None


def measured(before: Throughput, read_bytes: int, now_mono: float) -> Throughput:
    """So much had been read by now."""
    seconds = now_mono - before.at_mono
    if seconds <= 0:
        return before
    kbps = (read_bytes - before.read_bytes) / KIB / seconds
    if before.kbps is not None:
        kbps = NEWEST_SHARE * kbps + (1 - NEWEST_SHARE) * before.kbps
    return replace(before, at_mono=now_mono, read_bytes=read_bytes, kbps=kbps)
