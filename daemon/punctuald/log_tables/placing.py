"""Puts each log where DuckDB can read it, under a name that is ours: it takes stars in a name for a pattern, goes by
the name's ending for compression, and reads a pipe with one thread."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from .log_files import LogFile
from .span import LogUnreadable

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class JournalLog:
    """What systemd's journal has of a unit, since and until a moment; ``host``: of which machine it is."""

    unit: str
    host: str
    since_utc: datetime | None = None
    until_utc: datetime | None = None

    @property
    def command(self) -> list[str]:
        """`cat` writes each message as it was logged, which of the daemon is one line of JSON."""
        times = {"--since": self.since_utc, "--until": self.until_utc}
        given = [f"{name}=@{moment.timestamp():.6f}" for name, moment in times.items() if moment is not None]
        return ["journalctl", f"--unit={self.unit}", "--output=cat", "--quiet", "--no-pager", *given]


@dataclass(frozen=True, slots=True)
class PlacedLog:
    """A file that can be read, what it is called by people, and whose it is."""

    path: Path
    name: str
    host: str


def place(logs: Sequence[LogFile | JournalLog], folder: Path, on_progress: Callable[[], None]) -> list[PlacedLog]:
    """Into ``folder``: links to files, copies of pipes and of the journal. Raises `LogUnreadable`."""
    return [_place(log, folder / f"{number}.log", on_progress) for number, log in enumerate(logs)]


def _place(log: LogFile | JournalLog, target: Path, on_progress: Callable[[], None]) -> PlacedLog:
    if isinstance(log, JournalLog):
        _copy_journal(log, target, on_progress)
        return PlacedLog(target, f"the journal of {log.unit}", log.host)
    try:
        return PlacedLog(_place_file(log.path, target, on_progress), str(log.path), log.host)
    except OSError as error:
        raise LogUnreadable(f"{log.path}: can't be read: {error.strerror}") from None


def _place_file(path: Path, target: Path, on_progress: Callable[[], None]) -> Path:
    with path.open("rb") as file:
        if not path.is_file():
            with target.open("wb") as copy:
                _copy(file, copy, on_progress)
            path = target
    with path.open("rb") as file:
        is_gzip = file.read(len(_GZIP)) == _GZIP
    named = target.with_suffix(".log.gz" if is_gzip else ".log")
    if path == target:
        return target.rename(named)
    named.symlink_to(path.resolve())
    return named


def _copy_journal(log: JournalLog, target: Path, on_progress: Callable[[], None]) -> None:
    program = shutil.which(log.command[0])
    if program is None:
        raise LogUnreadable(f"--unit {log.unit}: there is no journalctl on this machine; give the log's files instead")
    with (
        target.open("wb") as copy,
        subprocess.Popen([program, *log.command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reader,  # noqa: S603
    ):
        assert reader.stdout is not None  # noqa: S101 - both are pipes
        assert reader.stderr is not None  # noqa: S101
        _copy(reader.stdout, copy, on_progress)
        said = reader.stderr.read().decode(errors="replace").strip().splitlines()
    if reader.returncode != 0:
        raise LogUnreadable(f"--unit {log.unit}: journalctl: {said[0] if said else f'status {reader.returncode}'}")


def _copy(source: IO[bytes], target: IO[bytes], on_progress: Callable[[], None]) -> None:
    while chunk := source.read(_CHUNK):
        target.write(chunk)
        on_progress()
