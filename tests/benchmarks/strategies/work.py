"""What a telemetry handler does with an event, the same in every row, and the log that it keeps.

Scripts call `work` with a body; the daemon calls `handle`. One line an event: its number, its tier, when it was sent
and when its handler was done, both UTC by the clock of this machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from punctuald.clock import SystemClock
from punctuald.demo.ledger import append_line
from punctuald.model import Message

WORK_SECONDS = 0.05
"""As `punctuald demo` has it: about what a row in a database and a call to a service in the same region take."""

LEDGER_VARIABLE = "PUNCTUALD_STRATEGIES_LEDGER"
"""Environment variable: the file that handlers append to."""


@dataclass(frozen=True, slots=True)
class Handled:
    """One line of the handlers' log; ``seconds`` is end to end, from before its sending to the handler's end."""

    number: int
    tier: str
    seconds: float


def handle(message: Message) -> None:
    """The daemon's handler."""
    work(message.body)


def work(body: str) -> None:
    """Read the event, wait for somebody else as telemetry handlers do, and write down when it was done."""
    event = orjson.loads(body)
    time.sleep(WORK_SECONDS)
    line = f"{event['number']} {event['tier']} {event['sent_utc']:.6f} {SystemClock.utc():.6f}"
    append_line(Path(os.environ[LEDGER_VARIABLE]), line)


def read_ledger(lines: Iterable[bytes]) -> dict[int, Handled]:
    """By number; of an event that was handled twice, the first time counts."""
    handled: dict[int, Handled] = {}
    for line in lines:
        number, tier, sent, finished = line.decode().split()
        handled.setdefault(int(number), Handled(int(number), tier, float(finished) - float(sent)))
    return handled
