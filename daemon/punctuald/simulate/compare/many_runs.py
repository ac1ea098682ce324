"""Many runs, shared out to several processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

from .contestant import Contestant, Traced, World, drawn
from .figures import Figures

Done = Callable[[int, int], None]
"""Called with the number of runs that have ended, and the number of all runs."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run: the indexes of a world and of a contestant in it, and the seed."""

    world: int
    seed: int
    contestant: int


class _Runner:
    """Keeps the messages it drew last: jobs of one world and seed follow one another."""

    def __init__(self, worlds: Sequence[World], fields: Sequence[Sequence[Contestant]]) -> None:
        self._worlds, self._fields = worlds, fields
        self._drawn: tuple[int, int] | None = None
        self._traced: Traced | None = None

    def run(self, job: Job) -> Figures:
        if self._traced is None or self._drawn != (job.world, job.seed):
            self._drawn = job.world, job.seed
            self._traced = None  # a day's messages are hundreds of megabytes: never two days at once
            self._traced = drawn(self._worlds[job.world], job.seed)
        return self._fields[job.world][job.contestant].run(self._traced)


_runner: list[_Runner] = []  # this process's own, made by the pool's initialiser: with each job only its numbers come


def run_all(
    worlds: Sequence[World], fields: Sequence[Sequence[Contestant]], planned: Sequence[Job], *, jobs: int, done: Done
) -> list[Figures]:
    """The figures of ``planned``, in its order, from ``jobs`` processes; 1 = this one."""
    if jobs == 1:
        runner = _Runner(worlds, fields)
        figures = []
        for job in planned:
            figures.append(runner.run(job))
            done(len(figures), len(planned))
        return figures
    # Spawned, not forked: a progress bar's thread may hold a lock at the moment of forking.
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (worlds, fields)) as pool:
        futures = [pool.submit(_run, job) for job in planned]
        try:
            for ended, future in enumerate(as_completed(futures), start=1):
                future.result()  # raises, so that the first failure ends the comparison at once
                done(ended, len(planned))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _begin(worlds: Sequence[World], fields: Sequence[Sequence[Contestant]]) -> None:
    # Ctrl-C ends the process at once; as an exception it would end one run, and the next would begin.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _runner.append(_Runner(worlds, fields))


def _run(job: Job) -> Figures:
    return _runner[0].run(job)
