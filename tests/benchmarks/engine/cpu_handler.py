"""A handler of 1 ms of CPU in four slots: how much of a bare loop's work on the same core does one worker do?

The loop calls the same handler and does nothing else. Both take turns (`benchmarks.pairs.turns`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.canned.wire import PLAIN
from benchmarks.comparison.contestants import OURS, Place, environ, named
from benchmarks.comparison.scenes import ONE_WORKER_CORES, SERVER_CORE, START_SECONDS, spin_rounds
from benchmarks.engine.canned_daemon import wait
from benchmarks.figures import Figure, Result
from benchmarks.pairs.figures import ratio_figure
from benchmarks.pairs.ratios import Tally, quartiles
from benchmarks.pairs.stopped import stopped_contender
from benchmarks.pairs.turns import Contender, Rules, take_turns
from benchmarks.processes.consumer import running
from benchmarks.processes.cores import on_cores

GOAL = 0.95
RULES = Rules()


def run(directory: Path) -> Result:
    """About 40 seconds."""
    work = {"BENCH_WORK": "spin", "BENCH_SPIN_ROUNDS": str(spin_rounds())}
    with (
        on_cores({SERVER_CORE}),
        stopped_contender(named(OURS), PLAIN, work, RULES, directory / OURS) as ours,
        _stopped_loop(work, directory) as loop,
    ):
        pairs = take_turns(ours, loop, RULES)
    figures: list[Figure] = [
        ratio_figure("messages/s, of a bare loop's", quartiles(pair.speed_ratio for pair in pairs), GOAL),
        ratio_figure("messages per CPU-s, of a bare loop's", quartiles(pair.efficiency_ratio for pair in pairs), None),
    ]
    return Result("cpu_handler", figures, {"spin": work, "pairs": pairs})


@contextmanager
def _stopped_loop(work: dict[str, str], directory: Path) -> Iterator[Contender]:
    count = directory / "count"
    count.write_bytes(bytes(8))
    place = Place("", "", directory)
    python = named(OURS).environment().python
    command = [python, "-P", "-m", "benchmarks.peers.bare_loop", "count", str(count)]
    with running([command], environ(place, work), ONE_WORKER_CORES, directory / "bare-loop.txt") as consumer:
        wait(lambda: _done(count).messages > 0, START_SECONDS, "a first call")
        consumer.tree.stop()
        yield Contender("bare loop", consumer, lambda: _done(count))


def _done(count: Path) -> Tally:
    return Tally(time.monotonic(), int.from_bytes(count.read_bytes(), "little"))
