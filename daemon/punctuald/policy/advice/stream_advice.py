"""What a stream and the application's lease table mean for its records, where that should be known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from punctuald.policy.leases.lease import LEASE_KEY

from .amounts import HOUR_SECONDS, counted, span
from .finding import Finding, error, warning
from .mending import Address, create_dead_letter_queue, in_table

KCL_LEADER = "kcl_leader"
NEARLY_GONE = 0.5
"""Behind by this share of the time that records are kept: a night more, and they are gone."""
LONGEST_RETENTION_HOURS = 8_760
"""A year: what Kinesis keeps records for at most."""

STREAM = Address("STREAM")


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
    address: Address = STREAM


def stream_findings(facts: StreamFacts) -> list[Finding]:
    """Errors where nothing would come, or records would be lost sight of; warnings of what is allowed and most likely
    not what is wanted."""
    return [
        *_of_the_table(facts),
        *_of_the_start(facts),
        *_of_the_dead_letter_queue(facts),
        *_on_shards(facts),
        *_on_retention(facts),
        *_on_balance(facts),
    ]


def _of_the_table(facts: StreamFacts) -> Iterator[Finding]:
    table, mend = facts.table, _setting(facts, f'application = "{facts.application}-2"')
    if table is not None and table.key != LEASE_KEY:
        yield error(
            "leases.no_lease_table",
            f"DynamoDB's table {facts.application!r} is no lease table",
            f"its key is {table.key!r} and not {LEASE_KEY!r}, and no shard can be taken; name another application",
            mend,
        )
    if table is not None and table.contradiction:
        yield error(
            "leases.of_another_stream",
            f"lease table {facts.application!r} is about another stream, deleted and made anew perhaps",
            f"{table.contradiction}; delete the table, or name another application",
            f"aws dynamodb delete-table --table-name {facts.application}{_region(facts)}",
        )


def _of_the_start(facts: StreamFacts) -> Iterator[Finding]:
    wait_seconds = facts.begins_in_seconds
    if wait_seconds is not None and wait_seconds > 0:
        yield error(
            "stream.start_to_come",
            f"start is {span(wait_seconds)} from now",
            "Kinesis refuses to read from a time that has not come",
            _setting(facts, 'start = "latest"'),
        )


def _of_the_dead_letter_queue(facts: StreamFacts) -> Iterator[Finding]:
    if facts.rejected_to is not None and not facts.rejected_to.exists:
        yield error(
            "redrive.target_missing",
            f"its dead-letter queue {facts.rejected_to.name!r} does not exist",
            "what is rejected or fails for good has nowhere to go, and its key waits",
            create_dead_letter_queue(Address("", facts.address.region), facts.rejected_to.name),
        )


def _on_shards(facts: StreamFacts) -> Iterator[Finding]:
    if facts.open_shards < facts.max_workers:
        yield warning(
            "stream.few_shards",
            f"{counted(facts.open_shards, 'open shard')} for up to {facts.max_workers} workers ([pool] max_workers)",
            "no more workers than shards have anything of it to do",
            f"aws kinesis update-shard-count --stream-name {facts.address.name} "
            f"--target-shard-count {facts.max_workers} --scaling-type UNIFORM_SCALING{facts.address.options}",
        )


def _on_retention(facts: StreamFacts) -> Iterator[Finding]:
    kept, behind = facts.retention_seconds, facts.behind_seconds
    if kept is not None and behind is not None and behind >= NEARLY_GONE * kept:
        yield warning(
            "stream.nearly_gone",
            f"it is {span(behind)} behind, and the stream keeps records for {span(kept)}",
            f"what is not handled within {span(max(0.0, kept - behind))} is lost unseen",
            f"aws kinesis increase-stream-retention-period --stream-name {facts.address.name} "
            f"--retention-period-hours {_longer_hours(kept)}{facts.address.options}",
        )


def _longer_hours(kept_seconds: float) -> int:
    """A week at least, twice as long as now, and no longer than there is."""
    return min(LONGEST_RETENTION_HOURS, max(168, round(2 * kept_seconds / HOUR_SECONDS)))


def _on_balance(facts: StreamFacts) -> Iterator[Finding]:
    leader, wants_leader = facts.table is not None and facts.table.has_leader, facts.balance == KCL_LEADER
    if wants_leader and not leader:
        yield warning(
            "leases.no_leader",
            f'balance is "{KCL_LEADER}", and no worker of KCL 3 has written to lease table {facts.application!r}',
            "leases that are held by one worker stay there, whatever others could take over",
            _setting(facts, 'balance = "even_shares"'),
        )
    if leader and not wants_leader:
        yield warning(
            "leases.beside_a_leader",
            f"workers of KCL 3 share lease table {facts.application!r}",
            "ours take an even part of the shards, and their leader takes none back; "
            f'balance = "{KCL_LEADER}" leaves that to it',
            _setting(facts, f'balance = "{KCL_LEADER}"'),
        )


def _setting(facts: StreamFacts, line: str) -> str:
    return in_table("stream", facts.address.name, line)


def _region(facts: StreamFacts) -> str:
    return Address("", facts.address.region).options  # DynamoDB's endpoint is another than Kinesis' own
