"""Where lease rows and the stream do not belong together: a stream that was deleted and made anew has the same name and
the same shard ids, and its shards would count as done, or be read from numbers that are not theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .lease import Lease
from .shard import Shard


def contradiction(leases: Iterable[Lease], shards: Sequence[Shard], stream: str) -> str | None:
    """What can't be true if the rows are about this stream, ``stream`` of `StreamIdentity.text`; None: nothing.

    ``leases`` have to be read before ``shards``: a shard may end in between.
    """
    listed = {shard.shard_id: shard for shard in shards}
    found = (_contradicts(lease, listed.get(lease.shard), stream) for lease in leases)
    return next((text for text in found if text), None)


def _contradicts(lease: Lease, shard: Shard | None, stream: str) -> str | None:
    if lease.stream and lease.stream != stream:
        return f"{lease.shard} was read of another stream ({lease.stream}; this one is {stream})"
    if shard is None:
        return None
    if lease.is_ended:
        return f"{lease.shard} is said to be done for good, and is open" if shard.is_open else None
    return _out_of_range(lease, shard)


def _out_of_range(lease: Lease, shard: Shard) -> str | None:
    """A last number that is before the first is none: kinesis-local says 2**63 - 1 of every shard that was split."""
    if lease.checkpoint.is_start or not shard.starting_sequence_number:
        return None
    number = int(lease.checkpoint.sequence_number)
    first, last = int(shard.starting_sequence_number), shard.ending_sequence_number
    if number >= first and (last is None or not first <= int(last) < number):
        return None
    return f"{lease.shard} is said to be done up to {number}, and has {first} to {last or 'now'}"
