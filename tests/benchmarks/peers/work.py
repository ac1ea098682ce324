"""What every consumer's handler does with an event; which of the kinds of work, the environment says.

It needs nothing but Python, because it runs in each peer's own environment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KIND = os.environ.get("BENCH_WORK", "trivial")
SPIN_ROUNDS = int(os.environ.get("BENCH_SPIN_ROUNDS", "0"))  # how many take 1 ms, found out once for all
SLEEP_SECONDS = float(os.environ.get("BENCH_SLEEP_SECONDS", "0.02"))
STAMPS = os.environ.get("BENCH_STAMPS", os.devnull)


def trivial(event: dict[str, Any]) -> None:
    """Look at the parsed event, no more."""
    event["number"]


def spin(_event: dict[str, Any]) -> None:
    """1 ms of CPU that holds Python's lock: always the same work, so waiting for the lock makes it no shorter."""
    total = 0
    for number in range(SPIN_ROUNDS):
        total += number


def sleep(_event: dict[str, Any]) -> None:
    """Wait, as for a database."""
    time.sleep(SLEEP_SECONDS)


_stamps = Path(STAMPS).open("a", buffering=1) if KIND == "stamp" else None  # noqa: SIM115 - until the process ends


def stamp(event: dict[str, Any]) -> None:
    """Write down when the handler was started."""
    now_ns = time.monotonic_ns()
    assert _stamps is not None
    _stamps.write(f"{event['number']} {now_ns}\n")


KINDS: dict[str, Callable[[dict[str, Any]], None]] = {"trivial": trivial, "spin": spin, "sleep": sleep, "stamp": stamp}
do = KINDS[KIND]
