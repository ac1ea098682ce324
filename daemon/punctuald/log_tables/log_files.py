"""Which files a log is in, and of which host each is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ENDINGS = re.compile(r"(\.(log|jsonl?|ndjson|txt|gz|\d{1,8}))+$")
"""What logrotate and people add to a log's name: ``daemon.log-20261127.gz`` and ``daemon.log.2.gz`` are of one host."""
_DATES = re.compile(r"[-_.]?\d{4}-?\d{2}-?\d{2}([-_T]?\d{2,6})?$")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file; lines have no host's name, so it comes from the file's."""

    path: Path
    host: str


def log_files(paths: Sequence[Path], host: str | None = None) -> tuple[LogFile, ...]:
    """Each file with its host: ``host`` for all, else the file's name without endings and dates; where that is the same
    in several folders (``vm1/daemon.log``, ``vm2/daemon.log``), the folder's name."""
    names = [_name(path) for path in paths]
    folders_of = {
        name: {path.parent.resolve() for path, each in zip(paths, names, strict=True) if each == name} for name in names
    }
    return tuple(
        LogFile(path, host or (path.resolve().parent.name if len(folders_of[name]) > 1 else name))
        for path, name in zip(paths, names, strict=True)
    )


def _name(path: Path) -> str:
    bare = _ENDINGS.sub("", path.name)
    bare = _ENDINGS.sub("", _DATES.sub("", bare))
    return bare or path.name
