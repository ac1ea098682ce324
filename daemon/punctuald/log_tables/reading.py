"""The first pass over a log: each line is one of our events, foreign, torn or blank. Only lines of events that a table
wants are kept, as text; all others are counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from .database import Database, Progress
from .placing import PlacedLog
from .schema import LEFT_OUT, TABLES


class LineKind(StrEnum):
    """What a line is."""

    EVENT = "event"
    """JSON, with the name of an event of ours."""
    FOREIGN = "foreign"
    """Of somebody else: text, or JSON that is none of our events."""
    TORN = "torn"
    """Begins or ends as JSON does, and is none: cut off, or two that run into one another."""
    BLANK = "blank"


_KEYS = "TRY(json_extract_string(line, ['$.event', '$.process', '$.scope']))"
"""All at once, so that a line is parsed once; what is no JSON is an error, of which TRY makes NULL. To ask `json_valid`
first would parse each line twice."""

_KIND = f"""CASE
    WHEN keys IS NOT NULL AND contains(keys[1], '.') AND keys[2] IS NOT NULL THEN '{LineKind.EVENT}'
    WHEN keys IS NOT NULL THEN '{LineKind.FOREIGN}'
    WHEN line IS NULL OR trim(line, e' \\t\\r') = '' THEN '{LineKind.BLANK}'
    WHEN starts_with(ltrim(line), '{{') OR ends_with(rtrim(line), '}}') THEN '{LineKind.TORN}'
    ELSE '{LineKind.FOREIGN}' END"""

_REJECTED_KIND = f"CASE WHEN starts_with(csv_line, '{{') THEN '{LineKind.TORN}' ELSE '{LineKind.FOREIGN}' END"
"""Of a line that is no UTF-8: one of ours may have been cut in the middle of a character."""


def read_lines(database: Database, files: Sequence[PlacedLog], on_progress: Progress | None = None) -> None:
    """Make the tables ``log_lines`` (host, event, scope, line) and ``line_counts``. Raises `LogUnreadable`."""
    database.run("CREATE TABLE hosts(path VARCHAR, file VARCHAR, host VARCHAR)")
    for file in files:
        database.rows("INSERT INTO hosts VALUES (?, ?, ?)", (str(file.path), file.name, file.host))
    database.run(_first_pass(files), on_progress)
    database.run(
        """CREATE TABLE line_counts AS SELECT host, file, kind, event, lines
        FROM (SELECT path, kind, event, count(*) AS lines FROM all_lines GROUP BY ALL) JOIN hosts USING (path)"""
    )
    database.run(
        f"""INSERT INTO line_counts SELECT host, file, {_REJECTED_KIND}, '', count(*) FROM
            (SELECT DISTINCT scan_id, file_id, line, csv_line FROM reject_errors)
            JOIN reject_scans USING (scan_id, file_id)
            JOIN hosts ON path = file_path GROUP BY ALL"""
    )
    database.run(
        """CREATE VIEW log_lines AS SELECT host, event, scope, line
        FROM (SELECT path, event, scope, line FROM all_lines WHERE line IS NOT NULL) JOIN hosts USING (path)"""
    )


def _first_pass(files: Iterable[PlacedLog]) -> str:
    paths = ", ".join(_quoted(str(file.path)) for file in files)
    # The delimiter is a character that no JSON has, quotes and escapes are off: a line is one column.
    lines = f"""read_csv([{paths}], columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
        delim = chr(2), quote = '', escape = '', strict_mode = false, filename = 'path', store_rejects = true,
        rejects_limit = 1000000, max_line_size = 262144, buffer_size = 8388608)"""
    return f"""CREATE TABLE all_lines AS
        SELECT path, kind, CASE kind WHEN '{LineKind.EVENT}' THEN keys[1] ELSE '' END AS event,
            keys[3] AS scope, CASE WHEN kind = '{LineKind.EVENT}' AND {_wanted("keys[1]")} THEN line END AS line
        FROM (SELECT path, line, keys, {_KIND} AS kind FROM (SELECT path, line, {_KEYS} AS keys FROM {lines}))"""


def _wanted(name: str) -> str:
    events = [event for table in TABLES for event in table.events]
    return f"{is_one_of(name, events)} AND NOT {is_one_of(name, LEFT_OUT)}"


def is_one_of(name: str, events: Iterable[str]) -> str:
    """SQL: whether the column ``name`` is one of ``events``, of which some end in ``.*``."""
    alone = ", ".join(sorted({_quoted(event) for event in events if not event.endswith(".*")}))
    rooms = sorted({event[:-1] for event in events if event.endswith(".*")})
    conditions = [f"{name} IN ({alone})"] if alone else []
    return "(" + " OR ".join([*conditions, *(f"starts_with({name}, {_quoted(room)})" for room in rooms)]) + ")"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
