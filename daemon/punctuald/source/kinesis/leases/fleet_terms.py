"""What a stream's settings mean for its leases."""

from __future__ import annotations

from punctuald.policy.leases.shares import Terms
from punctuald.policy.leases.tenure_times import TenureTimes
from punctuald.source.kinesis.stream import EVEN_SHARES, KinesisStream

LOOK_SHARE, LONGEST_LOOK_SECONDS = 0.1, 0.75
"""The whole table is read so often: each 0.75 s, or a tenth of a shorter failover time.

An owner that is killed right after a look that had just missed its last renewal is found out one look later, and what
is beyond everybody's share another patience later: failover + 1.5 s and the calls themselves, of 2 s that there are. It
costs each worker 1.33 reads a second for each 4 kB of table, which are about ten leases: 3.5 million a month.
"""


def look_seconds(stream: KinesisStream) -> float:
    """Between two looks at the table."""
    return min(stream.failover_seconds * LOOK_SHARE, LONGEST_LOOK_SECONDS)


def terms(stream: KinesisStream) -> Terms:
    """For `shares.claims`. Beside others' looks, one's patience is one look: within it all have seen the same."""
    return Terms(
        failover_seconds=stream.failover_seconds,
        patience_seconds=look_seconds(stream),
        force_seconds=stream.revoke_timeout_seconds + stream.failover_seconds,
        may_steal=stream.balance == EVEN_SHARES,
    )


def tenure_times(stream: KinesisStream) -> TenureTimes:
    """For each lease that is held."""
    return TenureTimes(stream.failover_seconds, stream.checkpoint_interval_seconds)
