"""A program on a core of its own, at the other end of two pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import pinned

TESTS = Path(__file__).parents[2]


@contextmanager
def piped(core: int, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """It finds our packages, and ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-I", pinned.__file__, str(os.getpid()), str(core), *command],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
