"""Why messages were late, and when a tier was violated."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.log_tables.database import Database
from punctuald.policy.delivery.miss_cause import MissCause

from .clock import utc_seconds

CAUSES = tuple(cause.name.lower() for cause in MissCause)
"""In the order in which they are looked for."""
UNNAMED = "not named"
"""Misses that no cause adds up to: the log is of a version that knows other causes, or was cut."""
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One late message, as its line has it."""

    utc: float | None
    host: str
    queue: str
    message_id: str
    seconds: float
    receive_count: int | None


@dataclass(frozen=True, slots=True)
class CauseSum:
    """All misses of a tier by one cause."""

    cause: str
    tier: str
    messages: int


@dataclass(frozen=True, slots=True)
class Violation:
    """From when the tier was violated until it was restored; ``end_utc`` None: not in this log."""

    host: str
    tier: str
    begin_utc: float
    end_utc: float | None
    late: int | None
    worst_seconds: float | None
    cause: str | None
    doing: str | None


def cause_sums(log: Database) -> tuple[CauseSum, ...]:
    """By cause and tier; all of a tier add up to its misses."""
    rows = log.rows("SELECT cause, tier, sum(messages)::BIGINT FROM misses GROUP BY ALL")
    missed = log.rows("SELECT tier, sum(coalesce(missed, 0))::BIGINT FROM intervals_tier GROUP BY tier")
    sums = [CauseSum(*row) for row in rows if row[2]]
    for tier, count in missed:
        rest = count - sum(each.messages for each in sums if each.tier == tier)
        sums += [CauseSum(UNNAMED, tier, rest)] if rest else []
    order = {cause: number for number, cause in enumerate(CAUSES)}
    return tuple(sorted(sums, key=lambda each: (order.get(each.cause, len(CAUSES)), each.cause, each.tier)))


def examples(log: Database) -> dict[str, tuple[Example, ...]]:
    """By cause, the latest of the late messages that have a line."""
    rows = log.rows(
        f"""SELECT cause, utc, host, queue, message_id, taken, receive_count FROM (
            SELECT *, coalesce(produce_seconds, 0) + coalesce(queue_seconds, 0) + coalesce(ready_seconds, 0)
                + coalesce(handle_seconds, 0) + coalesce(settle_seconds, 0) AS taken
            FROM messages WHERE event = 'message.breached' AND cause IS NOT NULL)
        QUALIFY row_number() OVER (PARTITION BY cause ORDER BY taken DESC, message_id) <= {EXAMPLES}
        ORDER BY cause, taken DESC, message_id"""
    )
    found: dict[str, tuple[Example, ...]] = {}
    for cause, utc, *fields in rows:
        found[cause] = (*found.get(cause, ()), Example(utc_seconds(utc), *fields))
    return found


def violations(log: Database) -> tuple[Violation, ...]:
    """In order of time."""
    rows = log.rows(
        """SELECT host, tier, epoch(begin_utc), epoch(end_utc), late, worst_seconds, cause, doing FROM violations
        ORDER BY begin_utc, host, tier"""
    )
    return tuple(Violation(*row) for row in rows)
