"""The handlers that benchmarks run: they cost next to no CPU themselves."""

from __future__ import annotations

import asyncio
import os
import time
from functools import cache
from pathlib import Path

from punctuald.clock import SystemClock
from punctuald.model import Message

STAMPS_VARIABLE = "PUNCTUALD_BENCH_STAMPS"
"""Environment variable: the file that `stamp` appends to."""

LEDGER_VARIABLE = "PUNCTUALD_BENCH_LEDGER"
"""Environment variable: the file that `sleep_as_told` appends to."""

SLOW_VARIABLE = "PUNCTUALD_BENCH_SLOW"
"""Environment variable: the numbers of the messages for which `quick_or_slow` sleeps."""

NAP_SECONDS = 0.05
SLOW_SECONDS = 1.0


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


def nap(_message: Message) -> None:
    """Block, as for a database."""
    time.sleep(NAP_SECONDS)


async def nap_as_coroutine(_message: Message) -> None:
    """Wait, as for a database."""
    await asyncio.sleep(NAP_SECONDS)


def stamped_nap(message: Message) -> None:
    """Block, after one line has said when."""
    _stamp_start(message)
    time.sleep(NAP_SECONDS)


def quick_or_slow(message: Message) -> None:
    """Be done, or sleep a second if the message is one of the slow ones; one line says when it was started."""
    _stamp_start(message)
    if _number(message) in _slow():
        time.sleep(SLOW_SECONDS)


def _stamp_start(message: Message) -> None:
    """One line: the message's number, CLOCK_MONOTONIC in ns, the worker."""
    now_ns = time.monotonic_ns()
    os.write(_stamps(), f"{_number(message)} {now_ns} {os.getpid()}\n".encode())


def _number(message: Message) -> int:
    """The canned server numbers its messages in their ids."""
    return int(message.id.rpartition("-")[2], 16)


@cache
def _stamps() -> int:
    """Whole lines even from several workers: each is one write, and the file is opened for appending."""
    return os.open(os.environ[STAMPS_VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


@cache
def _slow() -> frozenset[int]:
    return frozenset(map(int, os.environ[SLOW_VARIABLE].split()))
