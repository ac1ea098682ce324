"""What handlers write down of the records of a `load`, a line each, and how it is read."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from peers.log.lines import HANDLED_VARIABLE, whole_lines
from punctuald.demo.ledger import append_line
from punctuald.model import Message

NOT_TOLD = -1


@dataclass(frozen=True, slots=True)
class Handled:
    """One run of a handler, which has ended at ``utc``. ``partition`` and ``offset`` are `NOT_TOLD` where the handler
    did not know."""

    key: str
    number: int
    partition: int
    offset: int
    utc: float
    pid: int


def write_handled(path: Path, handled: Handled) -> None:
    """One line, whole, after all that any process has written before."""
    append_line(
        path,
        f"{handled.key} {handled.number} {handled.partition} {handled.offset} {handled.utc:.6f} {handled.pid}",
    )


def read_handled(path: Path) -> Sequence[Handled]:
    """In the order of writing."""
    return [_parsed(line) for line in whole_lines(path)]


def _parsed(line: str) -> Handled:
    key, number, partition, offset, utc, pid = line.split()
    return Handled(key, int(number), int(partition), int(offset), float(utc), int(pid))


def write(message: Message) -> None:
    """A handler of the daemon: no more than this."""
    body = orjson.loads(message.body)
    partition = int(message.partition) if message.partition.isdigit() else NOT_TOLD
    handled = Handled(body["key"], body["number"], partition, NOT_TOLD, time.time(), os.getpid())
    write_handled(Path(os.environ[HANDLED_VARIABLE]), handled)
