"""What was handled, by whoever it was: a line each of our handlers', an event of a Java worker."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from peers.log.lines import HANDLED_VARIABLE, whole_lines
from punctuald.demo.ledger import append_line
from punctuald.model import Message
from punctuald.policy.leases.checkpoint import offset_of

HANG_AT_VARIABLE = "PUNCTUALD_KINESIS_HANG_AT"
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Handled:
    """One run of a record's handler, which has ended at ``utc``. ``place`` is where the record is in its shard (see
    `offset_of`), ``by`` the name of a Java worker, or `OURS`."""

    key: str
    number: int
    shard: str
    place: int
    utc: float
    by: str
    pid: int


def read_handled(path: Path) -> Sequence[Handled]:
    """Our handlers' part, in the order of writing."""
    return [_parsed(line) for line in whole_lines(path)]


def _parsed(line: str) -> Handled:
    key, number, shard, place, utc, pid = line.split()
    return Handled(key, int(number), shard, int(place), float(utc), OURS, int(pid))


def handled_by_java(name: str, events: Sequence[Mapping[str, Any]]) -> Sequence[Handled]:
    """What a worker of that name has said of records."""
    found = []
    for event in events:
        body = orjson.loads(event["data"])
        place = offset_of(int(event["seq"]), int(event["sub"]))
        found.append(Handled(body["key"], body["number"], event["shard"], place, event["t"], name, 0))
    return found


# --- handlers of the daemon


def write(message: Message) -> None:
    """No more than a line, whole, after all that any process has written before."""
    body = orjson.loads(message.body)
    if os.environ.get(HANG_AT_VARIABLE) == str(body["number"]):
        time.sleep(3600)
    line = f"{body['key']} {body['number']} {message.partition} {message.offset} {time.time():.6f} {os.getpid()}"
    append_line(Path(os.environ[HANDLED_VARIABLE]), line)
