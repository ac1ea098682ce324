"""What was counted of each queue: work, errors, duplicates, calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from punctuald.log_tables.database import Database

from .compliance import cells_by, quantile

MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class QueueSum:
    """``done``: handled and deleted. ``slowest_…``: the longest run of a handler, None where none has a line. Quantiles
    are of the time in handlers. ``requests``: calls to the source, the autoscaler's included."""

    queue: str
    arrivals: int
    done: int
    failed: int
    rejected: int
    redelivered: int
    requests: int
    p50_handle_seconds: float | None
    p99_handle_seconds: float | None
    slowest_seconds: float | None
    slowest_message_id: str | None


@dataclass(frozen=True, slots=True)
class ErrorSum:
    """One kind of error (type and place) of a queue's handler, with the id of a message that had it, where one has a
    line."""

    queue: str
    error: str
    messages: int
    message_id: str | None


@dataclass(frozen=True, slots=True)
class CountSum:
    """Of a queue, something by its name: duplicates by what made them, calls by kind."""

    queue: str
    name: str
    count: int


def queue_sums(log: Database) -> tuple[QueueSum, ...]:
    """By queue, in the order of their names; those that were only asked for messages, too."""
    counted = "sum(coalesce(counts['{0}'], 0))::BIGINT"
    columns = ", ".join(counted.format(name) for name in ("done", "failed", "rejected", "redelivered"))
    rows = log.rows(
        f"""SELECT queue, sum(coalesce(arrivals, 0))::BIGINT, {columns}, max(slowest_seconds),
            arg_max(slowest_message_id, slowest_seconds) FROM intervals_queue GROUP BY queue"""
    )
    found = {row[0]: row[1:] for row in rows}
    calls: dict[str, int] = {}
    for each in requests(log):
        calls[each.queue] = calls.get(each.queue, 0) + each.count
    cells = cells_by(log, "queue", "handle")
    return tuple(
        _queue(queue, found.get(queue, _NOTHING), calls.get(queue, 0), cells.get(queue, {}))
        for queue in sorted(found.keys() | calls.keys())
    )


_NOTHING: Sequence[Any] = (0, 0, 0, 0, 0, None, None)


def _queue(queue: str, counted: Sequence[Any], calls: int, cells: dict[int, int]) -> QueueSum:
    arrivals, done, failed, rejected, redelivered, slowest_seconds, slowest_message_id = counted
    quantiles = quantile(cells, 0.5), quantile(cells, 0.99)
    return QueueSum(
        queue, arrivals, done, failed, rejected, redelivered, calls, *quantiles, slowest_seconds, slowest_message_id
    )


def error_sums(log: Database) -> tuple[ErrorSum, ...]:
    """The commonest first; what the intervals do not name is `other errors` of its queue."""
    rows = log.rows(
        f"""SELECT queue, error, sum(messages)::BIGINT AS all_messages, any_value(message_id) FROM errors
        LEFT JOIN (SELECT queue, error || ' ' || line AS error, any_value(message_id) AS message_id
                   FROM failures GROUP BY ALL) USING (queue, error)
        GROUP BY queue, error ORDER BY all_messages DESC, queue, error LIMIT {MOST_ERRORS}"""
    )
    others = log.rows("SELECT queue, sum(other_errors)::BIGINT FROM intervals_queue GROUP BY queue")
    named = log.rows("SELECT queue, sum(messages)::BIGINT FROM errors GROUP BY queue")
    shown = [ErrorSum(*row) for row in rows]
    rest = {queue: count or 0 for queue, count in others}
    for queue, count in named:
        left = count - sum(each.messages for each in shown if each.queue == queue)
        rest[queue] = rest.get(queue, 0) + left
    return (*shown, *(ErrorSum(queue, "other errors", count, None) for queue, count in sorted(rest.items()) if count))


def duplicates(log: Database) -> tuple[CountSum, ...]:
    """By queue and cause."""
    rows = log.rows("SELECT queue, cause, sum(messages)::BIGINT FROM duplicates GROUP BY ALL ORDER BY ALL")
    return tuple(CountSum(*row) for row in rows)


def requests(log: Database) -> tuple[CountSum, ...]:
    """By queue and kind of call."""
    rows = log.rows("SELECT queue, call, sum(requests)::BIGINT FROM requests GROUP BY ALL ORDER BY ALL")
    return tuple(CountSum(*row) for row in rows)
