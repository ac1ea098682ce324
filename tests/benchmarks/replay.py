"""The real daemon against its simulator: `python -m benchmarks.replay [--trace FILE] [--seconds 600] …`.

The same messages, at the same instants and with the same service times, go through the real daemon on a local SQS
emulator, whose handler sleeps as long as it is told, and through the simulator, which is told how long the daemon's
workers took to start, and nothing else that was measured. Both scale by the same law, and should agree.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.comparison.emulator import emulator, install
from benchmarks.figures import Figure, Result, publish, quantile
from benchmarks.handlers import LEDGER_VARIABLE
from benchmarks.replayed.outcome import Outcome, of_daemon, of_simulation
from benchmarks.replayed.plan import Choice, Plan, begin_after, make_plan, rig_setup
from benchmarks.replayed.real import RealRun, run_real
from benchmarks.rig import CLOCK, rig
from punctuald.simulate.engine.engine import replay
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.world.configured import law_of

LEAD_SECONDS = 6.0  # for the daemon's start
GOAL_COST_PERCENT = 10.0
GOAL_COMPLIANCE_POINTS = 0.2


def run(directory: Path, choice: Choice | None = None) -> Result:
    """As long as the replay, and some seconds; prints both sides, and returns how far they are apart."""
    choice = choice or Choice()
    plan, real = _run_real(directory, choice)
    daemon = of_daemon(real.handled, real.events, plan.calendar, plan.begin_utc)
    simulated = _simulate(plan, real.start_seconds)
    _print(daemon, simulated)
    return Result("replay", _figures(daemon, simulated, real), _details(choice, daemon, simulated, real))


def _run_real(directory: Path, choice: Choice) -> tuple[Plan, RealRun]:
    ledger = directory / "ledger.txt"
    with emulator(install(), directory) as queue:
        begin_utc = begin_after(CLOCK.utc() + LEAD_SECONDS)
        setup = rig_setup(queue.endpoint_url, choice, begin_utc, {LEDGER_VARIABLE: str(ledger)})
        plan = make_plan(choice, begin_utc, setup, directory)
        with rig(setup, directory) as running:
            return plan, run_real(plan, running, queue.client, queue.url, ledger)


def _simulate(plan: Plan, start_seconds: float) -> Outcome:
    # CPU and memory are no limit in the simulation, and the plan's settings make them none for the daemon.
    rules, tick_seconds = law_of(plan.settings)
    scaler = Ours(rules, tick_seconds=tick_seconds)
    result = replay(plan.traffic, plan.trace, plan.world(start_seconds), scaler, plan.choice.seed)
    return of_simulation(result, scaler.changes, rules.min_workers)


def _figures(daemon: Outcome, simulated: Outcome, real: RealRun) -> list[Figure]:
    cost = 100 * (daemon.worker_seconds / simulated.worker_seconds - 1)
    points = 100 * (daemon.compliance - simulated.compliance)
    by_its_own_word = 100 * (_own_compliance(real) - simulated.compliance)
    return [
        Figure("cost, real against simulated", abs(cost), "%", GOAL_COST_PERCENT),
        Figure("compliance, real against simulated", abs(points), "points", GOAL_COMPLIANCE_POINTS),
        Figure("the same by the daemon's statistics", abs(by_its_own_word), "points", GOAL_COMPLIANCE_POINTS),
        Figure("worker start, p95", real.start_seconds * 1000, "ms"),
        Figure("sent late, p50", quantile(real.late_seconds, 0.5) * 1000, "ms"),
        Figure("sent late, p99", quantile(real.late_seconds, 0.99) * 1000, "ms"),
        Figure("sent late, most", max(real.late_seconds) * 1000, "ms"),
    ]


def _own_compliance(real: RealRun) -> float:
    """The daemon's own account, which ends with the deletion and not with the handler."""
    tiers = real.final["tiers"].values()
    met = sum(tier["met"] for tier in tiers)
    return float(met / (met + sum(tier["missed"] for tier in tiers)))


def _details(choice: Choice, daemon: Outcome, simulated: Outcome, real: RealRun) -> dict[str, object]:
    drains = [event["seconds"] for event in real.events if event["event"] == "worker.drained"]
    return {
        "choice": {name: str(value) for name, value in asdict(choice).items()},
        "daemon": asdict(daemon),
        "simulated": asdict(simulated),
        "own_compliance": _own_compliance(real),
        "drain_seconds": drains,
        "waited_seconds_mean": sum(m.started_utc - m.sent_utc for m in real.handled) / len(real.handled),
        "final": real.final,
    }


def _print(daemon: Outcome, simulated: Outcome) -> None:
    table = Table(title=f"\n{daemon.messages:,} messages", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("", "real", "simulated", "difference"):
        table.add_column(column, justify="right" if column else "left")
    for name in daemon.met:
        table.add_row(name, *_percents(daemon.met[name], simulated.met[name]))
    table.add_row("compliance", *_percents(daemon.compliance, simulated.compliance))
    for name in ("p50", "p95", "p99"):
        table.add_row(f"{name}, s", *_numbers(getattr(daemon, name), getattr(simulated, name), 3))
    for name in ("worker_seconds", "starts", "scale_events", "peak_workers"):
        table.add_row(name.replace("_", " "), *_numbers(getattr(daemon, name), getattr(simulated, name), 0))
    Console().print(table)


def _percents(real: float, simulated: float) -> tuple[str, str, str]:
    return f"{real:.3%}", f"{simulated:.3%}", f"{100 * (real - simulated):+.3f} points"


def _numbers(real: float, simulated: float, digits: int) -> tuple[str, str, str]:
    change = f"{real / simulated - 1:+.1%}" if simulated else ""
    return f"{real:,.{digits}f}", f"{simulated:,.{digits}f}", change


def _choice(arguments: Sequence[str]) -> Choice:
    default = Choice()
    parser = argparse.ArgumentParser(prog="benchmarks.replay", description="The real daemon against its simulator.")
    parser.add_argument("--trace", dest="path", type=Path, help="A CSV or a log, as for simulate; else made up.")
    parser.add_argument("--from", dest="from_seconds", type=float, default=0.0, help="Second of the trace.")
    parser.add_argument("--until", dest="until_seconds", type=float, help="Second of the trace.")
    parser.add_argument("--seconds", type=float, default=default.seconds, help="How long the replay of it lasts.")
    parser.add_argument("--load", type=float, default=default.load, help="Workers that it keeps busy on average.")
    parser.add_argument("--seed", type=int, default=default.seed)
    return Choice(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    choice, console = _choice(arguments), Console(width=100)
    with TemporaryDirectory(prefix="punctuald-replay-") as directory:
        console.print(f"written to {publish(run(Path(directory), choice), console)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
