"""How much of a stream waits, from what each of its workers says of the shards that it reads."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.model import StreamLag


def stream_records(said: Sequence[StreamLag | None]) -> int | None:
    """Records of the whole stream that nobody has settled yet, by estimate; None = not known.

    ``said``: of each worker that is ready, None where it has not said anything lately. Shards that none of those who
    say it holds (one just taken over, those of other hosts and of KCL's workers) count as the others do on average:
    that they are not known must not make them empty.
    """
    known = [lag for lag in said if lag is not None]
    records, held = sum(lag.records for lag in known), sum(lag.held for lag in known)
    leases = leases_to_read(known)
    if leases is None or (held == 0 and len(known) < len(said)):
        return None
    return records * max(leases, held) // held if held else 0


def leases_to_read(known: Sequence[StreamLag]) -> int | None:
    """How many there are, as those say who see most of them: a worker that has just begun has not seen all."""
    return max((lag.leases for lag in known), default=None)
