"""DuckDB, kept within a few hundred megabytes: what is more goes to a folder for as long as it is open."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import duckdb

from .span import LogUnreadable

Progress = Callable[[float], None]
"""Is given per cent of a step, 0 to 100, now and then."""

MEMORY = "256MB"
"""DuckDB's own; the process has some hundred megabytes beside it, for buffers of the reader and for Python."""
MOST_THREADS = 4
"""Each more wants memory of its own, and reading is bound by the disk by then."""
_LOOK_SECONDS = 0.2


class Database:
    """One connection to a database in ``folder``, which is to be removed after `close`."""

    def __init__(self, folder: Path) -> None:
        settings: Mapping[str, Any] = {
            "memory_limit": MEMORY,
            "threads": min(os.cpu_count() or 1, MOST_THREADS),
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._connection = duckdb.connect(str(folder / "log.duckdb"), config=dict(settings))
        self._connection.execute(
            "SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false"
        )

    def close(self) -> None:
        """Free its memory."""
        self._connection.close()

    def run(self, sql: str, on_progress: Progress | None = None) -> None:
        """Carry out a statement. Raises `LogUnreadable`."""
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(self._execute, sql)
            try:
                while not wait([running], timeout=_LOOK_SECONDS).done:
                    if on_progress is not None:
                        on_progress(max(0.0, self._connection.query_progress()))
            except BaseException:
                self._connection.interrupt()  # Ctrl-C: else it would be waited for to its end
                raise
            running.result()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The answer to a query. Raises `LogUnreadable`."""
        return self.answer(sql, parameters)[1]

    def answer(self, sql: str, parameters: Sequence[object] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The same with the columns' names; of a statement that has no answer, neither names nor rows."""
        self._execute(sql, parameters)
        names = [str(column[0]) for column in self._connection.description or ()]
        return names, self._connection.fetchall() if names else []

    def refuse_files(self) -> None:
        """From now on no query opens a file or loads an extension: a question is about the log, and nothing else."""
        self._execute("SET enable_external_access = false; SET lock_configuration = true")

    def _execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        try:
            self._connection.execute(sql, list(parameters))
        except duckdb.Error as error:
            raise LogUnreadable(str(error).splitlines()[0]) from error
