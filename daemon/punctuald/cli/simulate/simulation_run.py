"""Carries out `punctuald simulate`: settings and options in, a simulation and its report out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import click
import orjson

from punctuald.config import Settings, calendar_of
from punctuald.errors import ConfigurationError
from punctuald.policy.delivery.tiers import DAY_SECONDS
from punctuald.simulate.compare.clairvoyant import plan_workers
from punctuald.simulate.compare.measured_run import MeasuredRun
from punctuald.simulate.engine.engine import replay_fleet, replay_together
from punctuald.simulate.engine.fleet import Group
from punctuald.simulate.engine.result import Result, TierResult
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.explanation import explain
from punctuald.simulate.scalers.host_group import SeveralPolicies, TargetTrackingGroup
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.scalers.scaler import Scaler, Static
from punctuald.simulate.trace.trace import Trace
from punctuald.simulate.world.configured import law_of
from punctuald.view.terminal.simulation import render_decision, render_simulation
from punctuald.view.terminal.tables import page_console

from .group_options import BACKLOG, HostsChoice
from .simulated_world import setup_of, trace_of
from .time_of_day import seconds_of_day
from .trace_options import TraceChoice
from .world_options import World


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that was asked for."""

    settings: Settings
    choice: TraceChoice
    world: World
    hosts_choice: HostsChoice
    seed: int
    workers: int | None
    why: str | None
    clairvoyant: bool


@dataclass(frozen=True, slots=True)
class Simulation:
    """The run's result. ``explained`` are the fields of the decision in force at ``why``, where that was asked for."""

    run: MeasuredRun
    why: str | None
    explained: dict[str, object] | None

    @property
    def kept(self) -> bool:
        """Whether every tier's objective was met."""
        return self.run.kept

    def print(self, *, as_json: bool) -> None:
        """Report to standard output."""
        if as_json:
            click.echo(orjson.dumps(self._fields()).decode())
            return
        console = page_console()
        console.print(render_simulation(self.run))
        if self.explained is not None:
            console.print(render_decision(str(self.why), explain(self.explained)))

    def plot(self) -> str:
        """One self-contained HTML page."""
        # Only here: a plot needs plotly, and nothing else does.
        from punctuald.view.web.simulation_plot import draw  # noqa: PLC0415

        return draw(self.run.result)

    def _fields(self) -> dict[str, object]:
        result, clairvoyant = self.run.result, self.run.clairvoyant
        return {
            "ok": self.kept,
            "trace": result.trace,
            "seed": result.seed,
            "seconds": result.seconds,
            "messages": result.messages,
            "redelivered": result.redelivered,
            "tiers": {tier.name: _tier_fields(tier) for tier in (*result.tiers, result.everything)},
            "pool": _pool_fields(self.run, result),
            "hosts": asdict(result.hosts) if result.hosts else None,
            "daemons": [asdict(daemon) for daemon in result.daemons],
            "pure_work_seconds": result.pure_work_seconds,
            "requests": {**asdict(result.requests), "total": result.requests.total, "dollars": result.requests.dollars},
            "clairvoyant": _pool_fields(self.run, clairvoyant.result) if clairvoyant else None,
            "why": self.explained,
        }


def run(request: Request) -> Simulation:
    """Replay it. Raises `ConfigurationError` where trace or options make no sense."""
    setup = setup_of(request.settings, request.world)
    trace = trace_of(request.choice.one(), request.choice, setup)
    begin_seconds = _moment(request, setup, trace)
    daemons = _daemons(request)
    keep = () if begin_seconds is None else (begin_seconds,)
    scaler, *others = (_scaler(request, keep) for _ in range(daemons))
    traffic = draw_traffic(trace, setup, request.seed)
    if not traffic.messages:
        raise ConfigurationError(f"{trace.name}: no message is sent in the part that was asked for")
    group = _group(request)
    if group is not None:
        result = replay_fleet(traffic, trace, setup, group, request.seed)
    else:
        result = replay_together(traffic, trace, setup, [scaler, *others], request.seed)
    known = plan_workers(traffic, trace, setup, request.seed) if request.clairvoyant else None
    explained = scaler.kept.get(begin_seconds) if isinstance(scaler, Ours) and begin_seconds is not None else None
    return Simulation(MeasuredRun(result, request.settings.sla.objective, known), request.why, explained)


def _daemons(request: Request) -> int:
    """How many there are. A number of workers is that of a single daemon, unless it is said how many have it."""
    daemons = request.world.daemons or (1 if request.workers else request.settings.scaling.hosts)
    if request.world.kill_at_seconds is not None and daemons == 1:
        raise click.UsageError("--kill-at kills the last of several daemons: say how many by --daemons, 2 or more.")
    return daemons


def _group(request: Request) -> Group | None:
    choice, pool = request.hosts_choice, request.settings.pool
    if choice.hosts is None:
        return None
    rules, tick_seconds = law_of(request.settings)
    least, most = choice.hosts
    targets = choice.targets(pool.max_workers, pool.slots)
    # A backlog is no reason to keep hosts where another policy knows what they are needed for.
    out_only = BACKLOG if len(targets) > 1 else ""
    policies = [TargetTrackingGroup(*each, scales_in=each[0] != out_only) for each in targets]
    return Group(
        SeveralPolicies(policies),
        least,
        most,
        lambda: Ours(rules, tick_seconds=tick_seconds),
        choice.start_seconds,
    )


def _scaler(request: Request, keep: tuple[float, ...]) -> Scaler:
    if request.workers is not None:
        return Static(request.workers)
    rules, tick_seconds = law_of(request.settings)
    return Ours(rules, tick_seconds=tick_seconds, keep=keep, hosts=request.settings.scaling.hosts)


def _moment(request: Request, setup: Setup, trace: Trace) -> float | None:
    """Seconds of the trace at which its clock first shows the time of --why."""
    if request.why is None:
        return None
    zone = calendar_of(request.settings.sla).zone
    begin = datetime.fromtimestamp(trace.begin_utc(setup.tier_times.midnight_utc()), zone)
    moment = (seconds_of_day(request.why) - (begin.hour * 3600 + begin.minute * 60 + begin.second)) % DAY_SECONDS
    if moment >= trace.seconds:
        raise click.UsageError(f"--why {request.why}: the trace runs from {begin:%H:%M:%S} for {trace.seconds:g} s")
    return float(moment)


def _tier_fields(tier: TierResult) -> dict[str, object]:
    return {**asdict(tier), "compliance": tier.compliance}


def _pool_fields(run: MeasuredRun, result: Result) -> dict[str, object]:
    return {
        "scaler": result.scaler,
        "compliance": result.everything.compliance,
        "worker_seconds": result.worker_seconds,
        "of_pure_work": result.of_pure_work,
        "of_clairvoyant": run.of_clairvoyant(result),
        "starts": result.starts,
        "starts_per_hour": result.starts_per_hour,
        "scale_events": result.scale_events,
        **asdict(result.requests),
        "requests": result.requests.total,
        "dollars": result.requests.dollars,
    }
