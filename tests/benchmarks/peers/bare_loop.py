"""The handler in a loop and nothing around it: `bare_loop.py SECONDS` prints its calls a second, and a CPU-second.

`bare_loop.py calibrate` prints how many rounds of `work.spin` take 1 ms. `bare_loop.py count FILE` goes on until it is
killed, and keeps the number of its calls in the file's first eight bytes.
"""

from __future__ import annotations

import os
import sys
import time

from benchmarks.peers import work

CALLS_BETWEEN_LOOKS = 10
CALIBRATION_ROUNDS = 1_000_000
CALIBRATION_TRIES = 5


def main(seconds: float) -> None:
    """Calls a second, and a CPU-second."""
    event = {"number": 0}
    begin, begin_cpu, calls = time.monotonic(), time.process_time(), 0
    while time.monotonic() - begin < seconds:
        for _ in range(CALLS_BETWEEN_LOOKS):
            work.do(event)
        calls += CALLS_BETWEEN_LOOKS
    print(calls / (time.monotonic() - begin), calls / (time.process_time() - begin_cpu))  # noqa: T201 - that is its output


def count(path: str) -> None:
    """Until killed."""
    file, event, calls = os.open(path, os.O_WRONLY), {"number": 0}, 0
    while True:
        work.do(event)
        calls += 1
        os.pwrite(file, calls.to_bytes(8, "little"), 0)


def calibrate() -> None:
    """The best of some tries: what disturbs can only make it slower."""
    work.SPIN_ROUNDS = CALIBRATION_ROUNDS
    best = min(_spin_seconds() for _ in range(CALIBRATION_TRIES))
    print(round(CALIBRATION_ROUNDS * 0.001 / best))  # noqa: T201 - that is its output


def _spin_seconds() -> float:
    begin = time.thread_time()
    work.spin({})
    return time.thread_time() - begin


if __name__ == "__main__":
    if sys.argv[1] == "calibrate":
        calibrate()
    elif sys.argv[1] == "count":
        count(sys.argv[2])
    else:
        main(float(sys.argv[1]))
