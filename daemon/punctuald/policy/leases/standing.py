"""Whose a lease is, by the row as it is after a write of ours: an error may have been a success."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .lease import Lease


class Standing(Enum):
    """What became of a write."""

    WRITTEN = "written"
    RENEWED = "an earlier attempt, which was not the last write, was written; the lease is still ours"
    NOT_WRITTEN = "not written, and the lease is still ours"
    TAKEN = "not written: it is another's"
    DELETED = "not written: there is no row any more"


@dataclass(frozen=True, slots=True)
class Written:
    """``lease`` is the row as it is now, None where there is none."""

    standing: Standing
    lease: Lease | None


def standing(before: Lease, now: Lease | None, me: str, *, is_last: bool) -> Written:
    """After a write to ``before`` that was to raise the counter by one, and whose condition was not met.

    Our name and the counter that we wanted to write: it was written, or an earlier attempt was. After our last write
    the row does not have our name any more. Our name and the counter of before: somebody has asked for it, which leaves
    the counter alone; a worker of KCL 2.x that takes it meanwhile raises the counter too, and leaves our name in
    checkpointOwner.
    """
    if now is None:
        return Written(Standing.DELETED, None)
    is_next_as_before = before.owner in (me, now.owner) or not now.owner
    has_our_name = now.owner == me or (now.checkpoint_owner == me and is_next_as_before)
    if now.counter == before.counter + 1 and (has_our_name or is_last):
        return Written(Standing.RENEWED if has_our_name and is_last else Standing.WRITTEN, now)
    if now.counter == before.counter and now.holder == me:
        return Written(Standing.NOT_WRITTEN, now)
    return Written(Standing.TAKEN, now)
