"""Whether the handlers can be imported, found out in another process: what their modules do there harms nobody."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from punctuald.config import Settings, SourceSettings
from punctuald.process.process_group import has_exited, signal_group

from .outline import place_of, search_path_of

LIMIT_SECONDS = 30.0
"""All imports together; a worker has as long before it is said to hang."""

GRACE_SECONDS = 60.0
"""On top, for the start of Python on a busy machine. The process ends by itself at the limit, and says where it stands:
only one that an import kept from that is killed."""

LOOK_SECONDS = 0.02
INNERMOST = re.compile(r'^  File "([^"<]+)", line (\d+) in', re.MULTILINE)
TIMED_OUT = "Timeout ("
"""How faulthandler begins what it writes."""


@dataclass(frozen=True, slots=True)
class HandlerCheck:
    """One queue's handler. ``problem``: why it can't be had, "" = it can; ``lasting``: until a person mends it.

    ``kind`` says what it is and takes, ``coroutine`` whether it is one, and ``seconds`` how long its import took.
    """

    queue: str
    problem: str = ""
    lasting: bool = False
    kind: str = ""
    coroutine: bool = False
    seconds: float = 0.0


def check_handlers(config_path: Path, settings: Settings, limit_seconds: float = LIMIT_SECONDS) -> list[HandlerCheck]:
    """All of them, in the queues' order, in one process as in a worker; within ``limit_seconds``."""
    with tempfile.TemporaryDirectory(prefix="punctuald-check-") as directory:
        wanted, notes, output = (Path(directory, name) for name in ("wanted", "notes", "output"))
        places = [place_of(config_path, settings, number) for number in range(len(settings.sources))]
        wanted.write_bytes(
            orjson.dumps([_wanted(config_path, *each) for each in zip(settings.sources, places, strict=True)])
        )
        status = _run([str(wanted), str(notes), str(limit_seconds)], output, limit_seconds)
        noted, printed = _read(notes), output.read_text(errors="replace")
    ending = _ending(status, printed, limit_seconds)
    return [
        _check(queue, where, noted.get(number), ending)
        for number, (queue, where) in enumerate(zip(settings.sources, places, strict=True))
    ]


def _wanted(config_path: Path, queue: SourceSettings, where: str) -> Mapping[str, str]:
    """What a worker gives to `load_handler`."""
    return {"spec": queue.handler, "search_path": str(search_path_of(config_path, queue)), "where": where}


def _check(queue: SourceSettings, where: str, noted: Mapping[str, Any] | None, ending: str) -> HandlerCheck:
    """``noted`` is empty where the import began, and None where it was not come to."""
    if noted:
        return HandlerCheck(queue.name, **noted)
    began = "its import" if noted is not None else "not tried, because what came before it"
    return HandlerCheck(queue.name, f"{where}: handler {queue.handler!r}: {began} {ending}")


def _run(arguments: Sequence[str], output: Path, limit_seconds: float) -> int | None:
    """The exit status, negative for a signal; None where the process had to be killed."""
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", "punctuald.handler.trial", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, so that what an import starts ends with it
        )
    in_time = False
    try:
        in_time = _ends_within(process.pid, limit_seconds + GRACE_SECONDS)
    finally:
        signal_group(process.pid, signal.SIGKILL)
        status = process.wait()
    return status if in_time else None


def _ends_within(pid: int, seconds: float) -> bool:
    """Whether it ends by then. It is not reaped, so that the number is its group's until that is killed."""
    end_mono = time.monotonic() + seconds
    while not has_exited(pid):
        if time.monotonic() > end_mono:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _read(notes: Path) -> dict[int, dict[str, Any]]:
    """By the queue's number, its last note."""
    noted: dict[int, dict[str, Any]] = {}
    for line in notes.read_bytes().splitlines() if notes.exists() else ():
        fields = orjson.loads(line)
        noted[fields.pop("number")] = fields
    return noted


def _ending(status: int | None, printed: str, limit_seconds: float) -> str:
    """What became of the process, going on from «its import»."""
    if status is None or TIMED_OUT in printed:
        where = INNERMOST.search(printed.rpartition("Thread 0x")[2])  # the main thread is the last one
        at = f" ({where[1]}:{where[2]})" if where else ""
        return f"takes longer than {limit_seconds:g} s{at}"
    last = next((line.strip() for line in reversed(printed.splitlines()) if line.strip()), "")
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended the process with status {status}"
    return f"{how}: {last}" if last else how
