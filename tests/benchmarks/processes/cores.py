"""Which cores a part of a benchmark runs on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """This thread, and what it starts within: those that start somewhere else say so themselves."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
