"""Runs the benchmarks, all or those named: `python -m benchmarks.run [--quick] [NAME …]`. See `make bench`.

`python -m benchmarks.run pairs [OPTION …]` measures ours against each other in paired turns; see its `--help`.
`python -m benchmarks.run strategies [--write-docs]` is docs/strategies.md: eight minutes, so it is started by itself.

`--quick` is the comparison with others alone, with fewer messages; the others have no shorter form.

A benchmark is no test: a missed goal is shown, and ends with status 0. Figures are ratios, or costs that depend little
on the machine; they are written to build/bench/.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from rich.console import Console

from benchmarks import full_load, idle, light_load, memory, transport, worker_start
from benchmarks.comparison import hot_path
from benchmarks.engine import blocking, burst, coroutines, cpu_handler, log_volume, many_queues, mix
from benchmarks.figures import Result, publish, write
from benchmarks.kafka import run as kafka
from benchmarks.kinesis import reading as kinesis_reading
from benchmarks.kinesis import run as kinesis
from benchmarks.observer import run as observer
from benchmarks.pairs import options as pairs_options
from benchmarks.pairs import run as pairs
from benchmarks.strategies import run as strategies

BENCHMARKS: Mapping[str, Callable[[Path], Result]] = MappingProxyType(
    {
        "light_load": light_load.run,
        "worker_start": worker_start.run,
        "memory": memory.run,
        "full_load": full_load.run,
        "idle": idle.run,
        "hot_path": hot_path.run,
        "transport": transport.run,
        "burst": burst.run,
        "cpu_handler": cpu_handler.run,
        "blocking": blocking.run,
        "coroutines": coroutines.run,
        "mix": mix.run,
        "many_queues": many_queues.run,
        "log_volume": log_volume.run,
        "observer": observer.run,
        "kafka": kafka.run,
        "kinesis": kinesis.run,
        "kinesis_reading": kinesis_reading.run,
    }
)
QUICK: Mapping[str, Callable[[Path], Result]] = MappingProxyType({"hot_path": partial(hot_path.run, quick=True)})
QUICK_OPTION = "--quick"


PAIRS = "pairs"


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    if arguments[:1] == [PAIRS]:
        return _pairs(arguments[1:], Console(width=118))
    if arguments[:1] == [strategies.NAME]:
        return _strategies(arguments[1:], Console(width=118))
    names = [argument for argument in arguments if argument != QUICK_OPTION]
    benchmarks = QUICK if QUICK_OPTION in arguments else BENCHMARKS
    unknown = [name for name in names if name not in benchmarks]
    if unknown:
        Console(stderr=True).print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(benchmarks)}")
        return 2
    console = Console(width=100)
    for name in names or benchmarks:
        with TemporaryDirectory(prefix=f"punctuald-{name}-") as directory:
            console.print(f"written to {publish(benchmarks[name](Path(directory)), console)}")
    return 0


def _pairs(arguments: list[str], console: Console) -> int:
    options = pairs_options.parse(arguments)
    with TemporaryDirectory(prefix=f"punctuald-{PAIRS}-") as directory:
        for result in pairs.run(options, Path(directory), console):
            console.print(f"written to {publish(result, console)}")
    return 0


def _strategies(arguments: list[str], console: Console) -> int:
    write_docs = strategies.parse(arguments)
    with TemporaryDirectory(prefix=f"punctuald-{strategies.NAME}-") as directory:
        result = strategies.run(Path(directory), console, write_docs=write_docs)
        console.print(f"written to {write(result)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
