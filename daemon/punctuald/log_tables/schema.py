"""The tables, column by column: what of which events they hold. docs/report.md prints this, and a test compares."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.model import Stage
from punctuald.stats.board.cells import CELLS

INTERVAL = "stats.interval"
STAGES = tuple(stage.name.lower() for stage in Stage)
COUNTS = "MAP(VARCHAR, BIGINT)"
FIGURES = ("mean_seconds", "p50_seconds", "p95_seconds", "p99_seconds", "max_seconds")
UTC = "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Column:
    """``field`` of the event's line, as ``type`` in DuckDB; NULL where the line has no such field."""

    name: str
    type: str
    field: str = ""

    @property
    def source(self) -> str:
        """The field's name in the line."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class EventTable:
    """A row for each line of one of ``events``, which may end in ``.*``; of intervals, those of one ``scope``.
    Each table has ``host`` as its first column. ``time`` is the column by which rows are in a span or not; lines that
    are written up to ``lag_seconds`` later tell of it too."""

    name: str
    events: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str = "utc"
    scope: str = ""
    lag_seconds: float = 0.0


def _struct(names: tuple[str, ...], type_name: str) -> str:
    return f"STRUCT({', '.join(f'{name} {type_name}' for name in names)})"


_UTC = Column("utc", UTC, "timestamp")
_EVENT = Column("event", "VARCHAR")
_SPAN = (Column("begin_utc", UTC, "begin"), Column("seconds", "DOUBLE"))


def _columns(type_name: str, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, type_name) for name in names)


TABLES = (
    EventTable(
        "intervals_tier",
        (INTERVAL,),
        (
            *_SPAN,
            *_columns("VARCHAR", "queue", "tier"),
            Column("threshold_seconds", "DOUBLE"),
            *_columns("BIGINT", "count", "met", "missed"),
            Column("missed_by", COUNTS),
            Column("overdue", "BIGINT"),
            Column("worst_overdue_seconds", "DOUBLE"),
            Column("stages", _struct(STAGES, _struct(FIGURES, "DOUBLE"))),
            Column("histograms", _struct(STAGES, "INTEGER[][]")),
        ),
        time="begin_utc",
        scope="tier",
    ),
    EventTable(
        "intervals_queue",
        (INTERVAL,),
        (
            *_SPAN,
            Column("queue", "VARCHAR"),
            *_columns("BIGINT", "arrivals", "requests"),
            *_columns(COUNTS, "counts", "duplicates_by", "started", "errors"),
            Column("other_errors", "BIGINT"),
            Column("slowest_message_id", "VARCHAR"),
            Column("slowest_seconds", "DOUBLE"),
            Column("backlog", "MAP(VARCHAR, DOUBLE)"),
        ),
        time="begin_utc",
        scope="queue",
    ),
    EventTable(
        "intervals_daemon",
        (INTERVAL,),
        (
            *_SPAN,
            *_columns("BIGINT", "workers_ready", "busy_slots", "workers"),
            Column("reason", "VARCHAR"),
            Column("caps", COUNTS),
            *_columns("DOUBLE", "head_age_seconds", "short_seconds"),
            Column("idle", "MAP(VARCHAR, MAP(VARCHAR, BIGINT))"),
        ),
        time="begin_utc",
        scope="daemon",
    ),
    EventTable(
        "decisions",
        ("scale.decision",),
        (
            _UTC,
            Column("workers", "BIGINT"),
            Column("reason", "VARCHAR"),
            *_columns("DOUBLE", "rate_per_second", "waiting_messages", "head_age_seconds", "slack_seconds"),
            *_columns("BIGINT", "workers_ordered", "workers_ready", "busy_slots"),
            Column("threshold_seconds", "DOUBLE"),
        ),
    ),
    EventTable(
        "sla_changes",
        ("sla.violated", "sla.restored"),
        (
            _UTC,
            _EVENT,
            Column("tier", "VARCHAR"),
            *_columns("DOUBLE", "threshold_seconds", "objective"),
            Column("since_utc", UTC, "since"),
            Column("late", "BIGINT"),
            *_columns("DOUBLE", "compliance_fast", "compliance_slow", "worst_seconds", "duration_seconds"),
            *_columns("VARCHAR", "cause", "doing"),
            Column("late_by", COUNTS),
            Column("reminder", "BOOLEAN"),
        ),
    ),
    EventTable(
        "messages",
        ("message.*",),
        (
            _UTC,
            *_columns("VARCHAR", "event", "level", "queue", "message_id", "tier"),
            Column("receive_count", "BIGINT"),
            *_columns("VARCHAR", "cause", "outcome", "reason"),
            *_columns(
                "DOUBLE", "produce_seconds", "queue_seconds", "ready_seconds", "handle_seconds", "settle_seconds"
            ),
            Column("suppressed", "BIGINT"),
        ),
    ),
    EventTable(
        "deaths",
        ("process.exited",),
        (
            _UTC,
            Column("role", "VARCHAR"),
            *_columns("BIGINT", "worker", "pid", "status"),
            Column("cause", "VARCHAR"),
            Column("asked", "BOOLEAN"),
            *_columns("VARCHAR", "was", "level"),
            Column("lived_seconds", "DOUBLE"),
        ),
    ),
    EventTable(
        "starts",
        ("process.ready",),
        (_UTC, Column("role", "VARCHAR"), *_columns("BIGINT", "worker", "pid"), Column("start_seconds", "DOUBLE")),
    ),
    EventTable(
        "arrival_counts",
        ("stats.arrivals",),
        (_UTC, Column("first_second", "BIGINT"), Column("counts", "BIGINT[]")),
        lag_seconds=120.0,
    ),
    EventTable(
        "failures",
        ("handler.failed",),
        (_UTC, *_columns("VARCHAR", "queue", "message_id", "error", "line"), Column("suppressed", "BIGINT")),
    ),
    EventTable(
        "changes",
        ("daemon.*", "reload.*", "order.received", "pool.scaled", "queue.*", "downstream.*", "clock.*"),
        (
            _UTC,
            *_columns("VARCHAR", "event", "level", "queue", "reason", "how", "verb", "text", "name"),
            *_columns("BIGINT", "workers", "generation", "status"),
            Column("seconds", "DOUBLE"),
        ),
    ),
)
"""What is read. `message.done` and `message.held` are left out: they may be most of a log, and are examples of nothing
that went wrong."""

LEFT_OUT = ("message.done", "message.held")

VIEWS = {
    "misses": """SELECT host, begin_utc, seconds, queue, tier, late.key AS cause, late.value AS messages
        FROM (SELECT *, unnest(map_entries(missed_by)) AS late FROM intervals_tier)""",
    "latencies": " UNION ALL ".join(
        f"""SELECT host, begin_utc, seconds, queue, tier, '{stage}' AS stage, pair[1] AS cell, pair[2] AS messages,
            cell_seconds(pair[1]) AS from_seconds, cell_seconds(pair[1] + 1) AS to_seconds
        FROM (SELECT host, begin_utc, seconds, queue, tier, unnest(histograms.{stage}) AS pair FROM intervals_tier)
        WHERE pair[1] BETWEEN 0 AND {CELLS - 1} AND pair[2] > 0"""
        for stage in STAGES
    ),
    "requests": """SELECT host, begin_utc, queue, entry.key[9:] AS call, entry.value AS requests
        FROM (SELECT host, begin_utc, queue, unnest(map_entries(counts)) AS entry FROM intervals_queue
              UNION ALL
              SELECT host, begin_utc, each.key, unnest(map_entries(each.value))
              FROM (SELECT host, begin_utc, unnest(map_entries(idle)) AS each FROM intervals_daemon))
        WHERE starts_with(entry.key, 'request_')""",
    "errors": """SELECT host, begin_utc, queue, entry.key AS error, entry.value AS messages
        FROM (SELECT host, begin_utc, queue, unnest(map_entries(errors)) AS entry FROM intervals_queue)""",
    "duplicates": """SELECT host, begin_utc, queue, entry.key AS cause, entry.value AS messages
        FROM (SELECT host, begin_utc, queue, unnest(map_entries(duplicates_by)) AS entry FROM intervals_queue)""",
    "violations": """SELECT host, tier, since_utc AS begin_utc, max(utc) FILTER (event = 'sla.restored') AS end_utc,
            any_value(threshold_seconds) AS threshold_seconds, any_value(objective) AS objective, max(late) AS late,
            max(worst_seconds) AS worst_seconds,
            arg_max(cause, utc) FILTER (event = 'sla.violated') AS cause,
            arg_max(doing, utc) FILTER (event = 'sla.violated') AS doing
        FROM sla_changes WHERE since_utc IS NOT NULL GROUP BY host, tier, since_utc""",
    "arrivals": """SELECT host, make_timestamp((first_second + place) * 1000000) AS second_utc,
            counts[place + 1] AS messages
        FROM (SELECT *, unnest(range(len(counts))) AS place FROM arrival_counts
              WHERE first_second BETWEEN 0 AND 253402300799)
        WHERE messages > 0""",
    "lines": """SELECT host, file, kind, event, sum(lines)::BIGINT AS lines FROM line_counts GROUP BY ALL""",
}
"""Made of the tables: a row for each entry of a map, or for each violation. Arrivals before 1970 or after the year 9999
are none: a moment so far away can't be computed. Nor are cells that no histogram has."""

CELL_SECONDS = "pow(2, cell // 64 - 20) * (1 + (cell % 64) / 64)"
"""Where a histogram's cell begins: docs/events.md."""
