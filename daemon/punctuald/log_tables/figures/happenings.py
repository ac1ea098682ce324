"""What happened at a moment: decisions of the autoscaler, deaths, reloads, starts and stops."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.log_tables.database import Database

MOST = 200
"""Of each: nobody sees more apart in a picture, and a table of all is for `--sql`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The autoscaler's number of workers, and the rule that it came from."""

    utc: float
    host: str
    workers: int
    before: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Death:
    """A process that ended and should not have."""

    utc: float
    host: str
    role: str
    worker: int | None
    status: int | None
    cause: str | None
    lived_seconds: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """Something of the whole daemon: a start, a stop, a reload, an order, a queue or a downstream that went away."""

    utc: float
    host: str
    event: str
    text: str


@dataclass(frozen=True, slots=True)
class Few:
    """How many there are in all of what is shown in part."""

    decisions: int
    deaths: int
    changes: int


def decisions(log: Database) -> tuple[Decision, ...]:
    """Those that changed the number, the largest changes where there are too many, in order of time."""
    largest = f"{_CHANGED} ORDER BY abs(workers - coalesce(before, 0)) DESC, utc LIMIT {MOST}"
    return tuple(Decision(*row) for row in log.rows(f"SELECT * FROM ({largest}) ORDER BY utc, host"))


def deaths(log: Database) -> tuple[Death, ...]:
    """In order of time."""
    return tuple(
        Death(*row)
        for row in log.rows(
            f"""SELECT epoch(utc), host, role, worker, status, cause, lived_seconds FROM deaths WHERE level = 'error'
            ORDER BY utc, host, worker LIMIT {MOST}"""
        )
    )


def changes(log: Database) -> tuple[Change, ...]:
    """In order of time."""
    return tuple(
        Change(*row)
        for row in log.rows(
            f"""SELECT epoch(utc), host, event, concat_ws(', ', queue, name, verb, how, reason, text,
                workers::VARCHAR || ' workers', 'generation ' || generation, 'status ' || status,
                round(seconds, 1)::VARCHAR || ' s')
            FROM changes WHERE utc IS NOT NULL ORDER BY utc, host LIMIT {MOST}"""
        )
    )


def how_many(log: Database) -> Few:
    """Of each kind."""
    [(decided,)] = log.rows(f"SELECT count(*) FROM ({_CHANGED})")
    [(died,)] = log.rows("SELECT count(*) FROM deaths WHERE level = 'error'")
    [(changed,)] = log.rows("SELECT count(*) FROM changes WHERE utc IS NOT NULL")
    return Few(decided, died, changed)


_CHANGED = """SELECT epoch(utc) AS utc, host, workers, before, reason FROM (
        SELECT *, lag(workers) OVER (PARTITION BY host ORDER BY utc) AS before FROM decisions WHERE utc IS NOT NULL)
    WHERE workers IS DISTINCT FROM before"""
