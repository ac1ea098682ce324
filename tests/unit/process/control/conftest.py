"""A control server for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.process.control_bench import ControlBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ControlBench]:
    """Hung up at the end."""
    made = ControlBench(tmp_path / "control.sock")
    yield made
    made.close()
