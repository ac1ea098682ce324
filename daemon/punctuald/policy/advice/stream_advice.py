"""What a stream and the application's lease table mean for its records, where that should be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from punctuald.policy.leases.lease import LEASE_KEY

KCL_LEADER = "kcl_leader"
NEARLY_GONE = 0.5
"""Behind by this share of the time that records are kept: a night more, and they are gone."""
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class RejectedToFacts:
    """What is known of the dead-letter queue. ``exists`` False: SQS says that there is none of that ``name``."""

    name: str
    exists: bool = True


@dataclass(frozen=True, slots=True)
class LeaseTableFacts:
    """What is known of an application's table. ``key``: the name of its key; ``leases`` are those whose shards are not
    done, ``kcl_owners`` the workers among their owners that are not ours; ``has_leader``: workers of KCL 3 have written
    to it. ``contradiction``: what its rows say that can't be true of this stream; "" = nothing."""

    key: str
    leases: int = 0
    kcl_owners: int = 0
    has_leader: bool = False
    contradiction: str = ""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What is known of a stream, of its application, and of what the daemon wants of both; None = not known, but for
    ``table``: there is none yet.

    ``behind_seconds``: on the shard that is furthest behind. ``begins_in_seconds``: until ``start``, where that is a
    time; negative: it has been.
    """

    open_shards: int
    max_workers: int
    application: str
    balance: str = ""
    retention_seconds: float | None = None
    behind_seconds: float | None = None
    begins_in_seconds: float | None = None
    table: LeaseTableFacts | None = None
    rejected_to: RejectedToFacts | None = None


def stream_faults(facts: StreamFacts) -> list[str]:
    """What is wrong, a line for a person each: nothing would come, or records would be lost sight of."""
    return [*_of_the_table(facts), *_of_the_start(facts), *_of_the_dead_letter_queue(facts)]


def stream_advice(facts: StreamFacts) -> list[str]:
    """What is allowed and most likely not what is wanted, a line for a person each."""
    return [*_on_shards(facts), *_on_retention(facts), *_on_balance(facts)]


def _of_the_table(facts: StreamFacts) -> Iterator[str]:
    table = facts.table
    if table is not None and table.key != LEASE_KEY:
        yield (
            f"DynamoDB's table {facts.application!r} is no lease table: its key is {table.key!r} and not {LEASE_KEY!r};"
            " name another application"
        )
    if table is not None and table.contradiction:
        yield (
            f"lease table {facts.application!r} is about another stream, deleted and made anew perhaps: "
            f"{table.contradiction}; delete the table, or name another application"
        )


def _of_the_start(facts: StreamFacts) -> Iterator[str]:
    wait_seconds = facts.begins_in_seconds
    if wait_seconds is not None and wait_seconds > 0:
        yield f"start is {_time(wait_seconds)} from now: Kinesis refuses to read from a time that has not come"


def _of_the_dead_letter_queue(facts: StreamFacts) -> Iterator[str]:
    if facts.rejected_to is not None and not facts.rejected_to.exists:
        yield (
            f"its dead-letter queue {facts.rejected_to.name!r} does not exist: "
            "what is rejected or fails for good has nowhere to go, and its key waits"
        )


def _on_shards(facts: StreamFacts) -> Iterator[str]:
    if facts.open_shards < facts.max_workers:
        yield (
            f"{_counted(facts.open_shards, 'open shard')} for up to {facts.max_workers} workers ([pool] max_workers): "
            "no more workers than shards have anything of it to do"
        )


def _on_retention(facts: StreamFacts) -> Iterator[str]:
    kept, behind = facts.retention_seconds, facts.behind_seconds
    if kept is not None and behind is not None and behind >= NEARLY_GONE * kept:
        yield (
            f"it is {_time(behind)} behind, and the stream keeps records for {_time(kept)}: "
            "what is not handled by then is lost unseen"
        )


def _on_balance(facts: StreamFacts) -> Iterator[str]:
    leader, wants_leader = facts.table is not None and facts.table.has_leader, facts.balance == KCL_LEADER
    if wants_leader and not leader:
        yield (
            f'balance is "{KCL_LEADER}", and no worker of KCL 3 has written to lease table {facts.application!r}: '
            "leases that are held by one worker stay there, whatever others could take over"
        )
    if leader and not wants_leader:
        yield (
            f"workers of KCL 3 share lease table {facts.application!r}: ours take an even part of the shards, and "
            f'their leader takes none back; balance = "{KCL_LEADER}" leaves that to it'
        )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _time(seconds: float) -> str:
    if seconds >= 2 * DAY_SECONDS:
        return f"{round(seconds / DAY_SECONDS, 1):g} days"
    return f"{seconds / 3600:.3g} h" if seconds >= 3600 else f"{seconds:.3g} s"  # noqa: PLR2004 - an hour
