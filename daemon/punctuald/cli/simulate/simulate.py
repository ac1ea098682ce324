"""`punctuald simulate`: what a trace would have met, with this configuration."""

from __future__ import annotations

import os
from pathlib import Path

import click

from punctuald.cli.needs import need_modules
from punctuald.cli.options import config_option
from punctuald.config import load
from punctuald.process.exit_status import ExitStatus

from .comparison_options import Contest, comparison_options
from .group_options import HostsChoice, group_options
from .trace_options import TraceChoice, trace_options
from .world_options import World, world_options

NEEDED = ("numpy",)


@click.command("simulate")
@trace_options
@config_option
@world_options
@group_options
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same messages.")
@click.option(
    "--workers", type=click.IntRange(1), help="A fixed number of workers, in one daemon, instead of the autoscaler."
)
@click.option("--clairvoyant/--no-clairvoyant", default=True, help="Compare with a plan that knew all arrivals.")
@click.option("--why", metavar="HH:MM[:SS]", help="Explain the decision in force at that time of the trace's clock.")
@click.option(
    "--log",
    "log_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --why and no trace: explain a decision of the daemon itself, from its JSON log.",
)
@comparison_options
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw the run into this HTML file.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON object.")
def command(
    choice: TraceChoice,
    config_path: Path,
    world: World,
    seed: int,
    workers: int | None,
    why: str | None,
    log_path: Path | None,
    contest: Contest,
    plot: Path | None,
    *,
    hosts_choice: HostsChoice,
    clairvoyant: bool,
    as_json: bool,
) -> int:
    """Replay a trace through the daemon's own scaling, priority and fleet code, on virtual time.

    Nothing is started and nothing is contacted. Workers, slots, tiers and scaling are those of the configuration. The
    status is 1 if a tier's objective would have been missed.
    """
    if log_path and not why:
        raise click.UsageError("--log is for --why.")
    if contest.wanted:
        _refuse_with_compare(world, is_for_one=bool(workers or why or plot or hosts_choice.hosts))
    if hosts_choice.hosts:
        _refuse_with_hosts(world, is_for_one=bool(workers or why))
    if not log_path and not contest.wanted:
        choice.one()  # before anything is read, so that a missing option is reported at once
    need_modules("punctuald simulate", [*NEEDED, "plotly"] if plot else NEEDED, extra="simulate")
    # Only now: --help and the line that says what to install must not need numpy.
    from .comparison_run import run_comparison  # noqa: PLC0415
    from .explanation_run import explain_from_log  # noqa: PLC0415
    from .simulation_run import Request, run  # noqa: PLC0415

    settings = load(config_path, os.environ)
    if log_path and why:
        explain_from_log(settings, log_path, why, as_json=as_json)
        return ExitStatus.OK
    if contest.wanted:
        compared = run_comparison(settings, choice, world, contest, seed)
        compared.print(as_json=as_json)
        return ExitStatus.OK if compared.kept else ExitStatus.FAILED
    request = Request(settings, choice, world, hosts_choice, seed, workers, why, clairvoyant=clairvoyant)
    simulation = run(request)
    if plot:
        plot.write_text(simulation.plot(), encoding="utf-8")
    simulation.print(as_json=as_json)
    return ExitStatus.OK if simulation.kept else ExitStatus.FAILED


def _refuse_with_compare(world: World, *, is_for_one: bool) -> None:
    if is_for_one:
        raise click.UsageError("--compare runs everybody; --workers, --why, --plot and --hosts are for one.")
    if world.daemons or world.kill_at_seconds is not None:
        raise click.UsageError("--compare has one daemon on the queue; --daemons and --kill-at are for a run of ours.")


def _refuse_with_hosts(world: World, *, is_for_one: bool) -> None:
    if is_for_one or world.daemons or world.kill_at_seconds is not None:
        raise click.UsageError(
            "--hosts has a daemon on each host; --daemons, --kill-at, --workers and --why are others'."
        )
