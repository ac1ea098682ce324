"""Ours and all rivals on the same messages: each trace, each seed, and in hindsight each setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from punctuald.simulate.rivals.catalogue import rivals
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.trace.stamps import HOUR_SECONDS

from .contestant import CLAIRVOYANT, BestStatic, ByRecipe, Contestant, Foreknown, OursRecipe, World
from .figures import Figures, mean_of, reaches
from .many_runs import Done, Job, run_all


@dataclass(frozen=True, slots=True)
class Row:
    """One law on one trace, over all seeds. ``cost``: worker-seconds as a multiple of the clairvoyant plan's."""

    scaler: str
    label: str
    figures: Figures
    worst: float
    cost: float
    tuned: bool = False

    @property
    def reaches(self) -> bool:
        """Whether it reaches the goal, on the mean of the seeds."""
        return reaches(self.figures)


@dataclass(frozen=True, slots=True)
class TraceComparison:
    """All laws on one trace: the plan that knew everything, ours, each rival as published and as tuned in hindsight."""

    trace: str
    hours: float
    rows: tuple[Row, ...]

    @property
    def rivals(self) -> tuple[Row, ...]:
        """All but the plan that knew everything."""
        return tuple(row for row in self.rows if row.scaler != CLAIRVOYANT)

    def row(self, scaler: str, *, tuned: bool = False) -> Row:
        """One of them."""
        return next(row for row in self.rows if row.scaler == scaler and row.tuned == tuned)


def compare(
    worlds: Sequence[World],
    ours: OursRecipe,
    *,
    seeds: Sequence[int],
    tune: bool = False,
    jobs: int = 1,
    done: Done = lambda *_: None,
) -> tuple[TraceComparison, ...]:
    """Run every law on every trace, in ``jobs`` processes; ``done`` is called with how many runs of all have ended."""
    fields = tuple(_contestants(world, ours, tune=tune) for world in worlds)
    planned = [
        Job(number, seed, contestant)
        for number, field in enumerate(fields)
        for seed in seeds
        for contestant in range(len(field))
    ]
    figures = run_all(worlds, fields, planned, jobs=jobs, done=done)
    ran: dict[tuple[int, int], list[Figures]] = {}
    for job, run in zip(planned, figures, strict=True):
        ran.setdefault((job.world, job.contestant), []).append(run)
    return tuple(
        _judged(world, field, [ran[number, contestant] for contestant in range(len(field))])
        for number, (world, field) in enumerate(zip(worlds, fields, strict=True))
    )


def _contestants(world: World, ours: OursRecipe, *, tune: bool) -> tuple[Contestant, ...]:
    """All who take part. Those that take longest come first, so that no process is left alone with one at the end."""
    setup = world.setup
    field: list[Contestant] = [Foreknown(), BestStatic(), ByRecipe(Ours.name, ours)]
    for rival in rivals(
        threshold_seconds=world.tightest_seconds, service_seconds=setup.service.mean_seconds, slots=setup.slots
    ):
        field += [ByRecipe(rival.name, recipe) for recipe in (rival.variants if tune else (rival.published,))]
    return tuple(field)


def _judged(world: World, field: Sequence[Contestant], runs: Sequence[Sequence[Figures]]) -> TraceComparison:
    """The rows of one trace. Of each law's settings the published ones come first; where there are more, the best of
    all of them makes a second row, tuned in hindsight."""
    least = mean_of(runs[0]).worker_seconds
    rows = [_row(contestant, of_it, least) for contestant, of_it in zip(field, runs, strict=True)]
    kept: list[Row] = []
    for name in dict.fromkeys(row.scaler for row in rows):
        of_name = [row for row in rows if row.scaler == name]
        kept.append(of_name[0])
        if len(of_name) > 1:
            kept.append(replace(_best(of_name), tuned=True))
    return TraceComparison(world.trace.name, world.trace.seconds / HOUR_SECONDS, tuple(kept))


def _row(contestant: Contestant, runs: Sequence[Figures], least_worker_seconds: float) -> Row:
    mean = mean_of(runs)
    return Row(
        scaler=contestant.name,
        label=contestant.label,
        figures=mean,
        worst=min(min(run.compliance, run.tightest) for run in runs),
        cost=mean.worker_seconds / least_worker_seconds,
    )


def _best(rows: Sequence[Row]) -> Row:
    """The cheapest that reaches the goal; where none does, the most punctual."""
    good = [row for row in rows if row.reaches]
    if good:
        return min(good, key=lambda row: row.cost)
    return max(rows, key=lambda row: min(row.figures.compliance, row.figures.tightest))
