"""Our own daemon as a consumer of a log, and what any of them finds in its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import punctuald
from benchmarks.drained import bench_handlers
from benchmarks.processes.piped import TESTS

HANDLERS = Path(bench_handlers.__file__).parent
TRIVIAL, BATCH = "bench_handlers:trivial", "bench_handlers:batch"
BATCH_SIZE = 500


def our_daemon(directory: Path, section: str, handler: str, pool: str = "") -> Sequence[str]:
    """How to start it with one worker on what ``section`` describes; ``pool`` is more lines of that one.

    All else is what its user gets, but for the limit: the backlog is older than the default one, and each record of it
    would be a breach.
    """
    config = directory / "config.toml"
    config.write_text(
        f"[pool]\nmin_workers = 1\nmax_workers = 1\n{pool}\n"
        f'{section}\nhandler = "{handler}"\nhandler_path = "{HANDLERS}"\n'
        '[[sla.tier]]\nname = "backlog"\nthreshold_seconds = 86400\n'
        '[logging]\nformat = "json"\n'
    )
    return [sys.executable, "-P", "-m", "punctuald", "run", "-c", str(config)]


def environ(extra: Mapping[str, str]) -> dict[str, str]:
    """What each finds in its environment; the daemon is the one that these benchmarks belong to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BENCH_", "PYTHON"))}
    path = os.pathsep.join([str(TESTS), str(Path(punctuald.__file__).parents[1])])
    return {**kept, "PYTHONPATH": path, **extra}
