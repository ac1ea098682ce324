"""The handlers that benchmarks run: they cost next to nothing themselves."""

from __future__ import annotations

import os
from pathlib import Path

from punctuald.clock import SystemClock
from punctuald.model import Message

STAMPS_VARIABLE = "PUNCTUALD_BENCH_STAMPS"
"""Environment variable: the file that `stamp` appends to."""


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
