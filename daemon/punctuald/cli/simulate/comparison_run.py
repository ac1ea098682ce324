"""Carries out `punctuald simulate --compare`: runs every scaler, with a progress bar on a terminal, and reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from punctuald.config import Settings
from punctuald.simulate.compare.clairvoyant import GOAL
from punctuald.simulate.compare.comparison import TraceComparison, compare
from punctuald.simulate.compare.contestant import OursRecipe
from punctuald.simulate.compare.contestant import World as ContestWorld
from punctuald.simulate.compare.figures import reaches
from punctuald.simulate.compare.many_runs import Done
from punctuald.simulate.compare.standing import standings
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.world.configured import law_of
from punctuald.view.terminal.comparison import render_comparison
from punctuald.view.terminal.tables import page_console

from .comparison_options import Contest
from .simulated_world import setup_of, trace_of
from .trace_options import TraceChoice
from .world_options import World


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison's result."""

    traces: tuple[TraceComparison, ...]
    objective: float

    @property
    def kept(self) -> bool:
        """Whether ours met the objective on every trace, over all messages and in the tightest tier."""
        return all(reaches(compared.row(Ours.name).figures, self.objective) for compared in self.traces)

    def print(self, *, as_json: bool) -> None:
        """Report to standard output."""
        if as_json:
            fields = {
                "ok": self.kept,
                "goal": GOAL,
                "traces": [asdict(comparison) for comparison in self.traces],
                "standings": [asdict(standing) for standing in standings(self.traces)],
            }
            click.echo(orjson.dumps(fields).decode())
            return
        summary = standings(self.traces) if len(self.traces) > 1 else ()
        page_console().print(render_comparison(self.traces, summary, GOAL))


def run_comparison(settings: Settings, choice: TraceChoice, world: World, contest: Contest, seed: int) -> Compared:
    """Run it. Raises `ConfigurationError` where traces or options make no sense."""
    setup = setup_of(settings, world)
    worlds = [ContestWorld(trace_of(path, choice, setup), setup) for path in choice.each()]
    seeds = range(seed, seed + contest.seeds)
    ours = OursRecipe(*law_of(settings))
    with _progress() as done:
        traces = compare(worlds, ours, seeds=seeds, tune=contest.tune, jobs=contest.jobs, done=done)
    return Compared(traces, settings.sla.objective)


@contextmanager
def _progress() -> Iterator[Done]:
    console = Console(stderr=True)
    columns = (TextColumn("Runs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("runs", total=None)
        yield lambda ended, planned: progress.update(task, completed=ended, total=planned)
