"""A log, opened as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .database import Database
from .log_files import LogFile
from .placing import JournalLog, place
from .reading import is_one_of, read_lines
from .schema import CELL_SECONDS, TABLES, VIEWS, EventTable
from .span import ALL, Span

OnStep = Callable[[str, float], None]
"""Is given what is done now, and how many per cent of it are."""


def _ignore(_step: str, _per_cent: float) -> None:
    """Nobody watches."""


@contextmanager
def open_log(
    logs: Sequence[LogFile | JournalLog], span: Span = ALL, on_step: OnStep = _ignore, folder: Path | None = None
) -> Iterator[Database]:
    """The tables and views of `schema`, until the context ends. ``folder``: where to put what does not fit into memory,
    by default where the system keeps temporary files. Raises `LogUnreadable`."""
    with TemporaryDirectory(prefix="punctuald-report-", dir=folder) as home:
        files = place(logs, Path(home), partial(on_step, "fetching", 0.0))
        database = Database(Path(home))
        try:
            read_lines(database, files, partial(on_step, "reading"))
            for table in TABLES:
                database.run(_table(table, span), partial(on_step, table.name))
            database.run(f"CREATE MACRO cell_seconds(cell) AS {CELL_SECONDS}")
            for name, query in VIEWS.items():
                database.run(f"CREATE VIEW {name} AS {query}")
            database.refuse_files()
            yield database
        finally:
            database.close()


def _table(table: EventTable, span: Span) -> str:
    structure = ", ".join(f'"{column.source}": "{column.type}"' for column in table.columns)
    columns = ", ".join(f'fields."{column.source}" AS {column.name}' for column in table.columns)
    lines = f"SELECT host, line FROM log_lines WHERE {is_one_of('event', table.events)}"
    wanted = [f'fields."{_time_field(table)}" {condition}' for condition in _conditions(span, table.lag_seconds)]
    if table.scope:
        lines += f" AND scope = '{table.scope}'"
    where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
    return f"""CREATE TABLE {table.name} AS SELECT host, {columns}
        FROM (SELECT host, from_json(line, '{{{structure}}}') AS fields FROM ({lines})) {where}"""


def _time_field(table: EventTable) -> str:
    return next(column.source for column in table.columns if column.name == table.time)


def _conditions(span: Span, lag_seconds: float) -> Iterator[str]:
    if span.since_utc is not None:
        yield f">= '{_naive(span.since_utc)}'::TIMESTAMP"
    if span.until_utc is not None:
        yield f"< '{_naive(span.until_utc + timedelta(seconds=lag_seconds))}'::TIMESTAMP"


def _naive(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
