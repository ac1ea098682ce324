"""Which logs are meant: files, folders, stdin, the journal of a unit."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from punctuald.errors import ConfigurationError
from punctuald.log_tables.log_files import LogFile, log_files
from punctuald.log_tables.placing import JournalLog
from punctuald.log_tables.span import Span

STDIN = "-"
Logs = tuple[LogFile | JournalLog, ...]


def logs_of(paths: Sequence[str], unit: str | None, host: str | None, span: Span) -> Logs:
    """Raises `click.UsageError` where none is named, `ConfigurationError` where a folder has no file."""
    if unit is not None and paths:
        raise click.UsageError("--unit: the log is either in the journal or in files.")
    if unit is not None:
        return (JournalLog(unit, host or socket.gethostname(), span.since_utc, span.until_utc),)
    if not paths:
        raise click.UsageError("Say which log: files, - for stdin, or --unit punctuald for the journal.")
    files = [Path(path) for path in paths if path != STDIN]
    found: list[LogFile | JournalLog] = [*log_files([each for path in files for each in _files(path)], host)]
    return (*found, *(LogFile(Path("/dev/stdin"), host or "stdin") for _ in paths[: paths.count(STDIN)][:1]))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    inside = sorted(each for each in path.iterdir() if each.is_file() and ".log" in each.name)
    if not inside:
        raise ConfigurationError(f"{path}: the folder has no file with .log in its name")
    yield from inside
