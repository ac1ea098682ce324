"""The handlers that benchmarks run: they cost next to no CPU themselves."""

from __future__ import annotations

import os
import time
from pathlib import Path

from punctuald.clock import SystemClock
from punctuald.model import Message

STAMPS_VARIABLE = "PUNCTUALD_BENCH_STAMPS"
"""Environment variable: the file that `stamp` appends to."""

LEDGER_VARIABLE = "PUNCTUALD_BENCH_LEDGER"
"""Environment variable: the file that `sleep_as_told` appends to."""


def nothing(_message: Message) -> None:
    """Be done."""


def stamp(message: Message) -> None:
    """Write down how long after its sending the message reached its handler."""
    write_stamp(message.body, message.sent_utc)


def write_stamp(body: str, sent_utc: float) -> None:
    """One line: the message's body and the seconds since ``sent_utc``, by the clock of this machine."""
    seconds = SystemClock.utc() - sent_utc
    with Path(os.environ[STAMPS_VARIABLE]).open("a") as stamps:
        stamps.write(f"{body} {seconds:.6f}\n")


def sleep_as_told(message: Message) -> None:
    """The body is a number and the seconds to sleep; one line says when it was sent, begun and finished (UTC)."""
    started_utc = SystemClock.utc()
    number, seconds = message.body.split()
    time.sleep(float(seconds))
    with Path(os.environ[LEDGER_VARIABLE]).open("a") as ledger:
        ledger.write(f"{number} {message.sent_utc:.6f} {started_utc:.6f} {SystemClock.utc():.6f}\n")
