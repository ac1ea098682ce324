"""`strategies [--write-docs]`: what each step of the plan for late events gives, measured on this machine."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, Result
from benchmarks.rig import CLOCK
from benchmarks.strategies import page, stream, tiers, topic, trickle
from benchmarks.strategies.row import Outcome, Row, TierRow

NAME = "strategies"


def parse(arguments: Sequence[str]) -> bool:
    """Whether the page is to be written; ends the process with a word if there is a mistake."""
    parser = argparse.ArgumentParser(prog=NAME, description="The plan's steps, one by one: about nine minutes.")
    parser.add_argument("--write-docs", action="store_true", help="write docs/strategies.md's tables and its pictures")
    return bool(parser.parse_args(arguments).write_docs)


def run(directory: Path, console: Console, *, write_docs: bool) -> Result:
    """Some nine minutes; each row's figures are printed when it is done."""
    load = os.getloadavg()[0]
    rows = [_said(trickle.measure(each, directory / each.name[0]), console) for each in trickle.STRATEGIES]
    rows += [_said(source.measure(directory), console) for source in (topic, stream)]
    orders = []
    for order in tiers.ORDERS:
        orders.append(tiers.measure(order, directory / order.name[:2]))
        _said(orders[-1].picture_row, console)
    outcome = Outcome(rows, orders, _machine(load))
    console.print(f"\n{page.tables(outcome)}\n", soft_wrap=True, highlight=False, markup=False)
    for path in page.write(outcome) if write_docs else ():
        console.print(f"written: {path}", soft_wrap=True)
    return _result(rows, orders)


def _said(row: Row, console: Console) -> Row:
    told = f"left out: {row.left_out}" if row.left_out else f"P50 {row.p50:.3f} s, P95 {row.p95:.3f} s"
    console.print(f"{row.name}: {told}", highlight=False, markup=False)
    return row


def _machine(load: float) -> str:
    """Where and when."""
    model = _cpu_model()
    software = f"Python {platform.python_version()}, moto {version('moto')}, ministack {version('ministack')}"
    day = datetime.fromtimestamp(CLOCK.utc(), UTC).strftime("%-d %B %Y")
    return f"Measured on {day}: {os.cpu_count()} cores{model}, load average {load:.1f} at the begin, {software}."


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f" ({names[0]})" if names else ""


def _result(rows: Sequence[Row], orders: Sequence[TierRow]) -> Result:
    measured = [*(row for row in rows if row.seconds), *(order.picture_row for order in orders)]
    figures = [
        Figure(f"{row.name}, {name}", value, "s")
        for row in measured
        for name, value in (("P50", row.p50), ("P95", row.p95))
    ]
    tier_seconds = {order.order: {name: row.seconds for name, row in order.tiers.items()} for order in orders}
    requests = {row.name: row.requests_per_message for row in rows if row.seconds}
    details = {"seconds": {row.name: row.seconds for row in rows}, "tiers": tier_seconds, "requests": requests}
    return Result(NAME, figures, details)
