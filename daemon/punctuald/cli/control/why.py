"""`punctuald why`."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import orjson

from punctuald.cli.simulate.time_of_day import seconds_of_day
from punctuald.clock import iso_utc
from punctuald.config import calendar_of, load
from punctuald.process.absolute_path import absolute_path
from punctuald.simulate.scalers.explanation import explain
from punctuald.simulate.trace.decision_log import decision_in_force
from punctuald.view.terminal.why import decision_text, reasons_now

from .daemon_of import ask_daemon, daemon_options


@click.command("why")
@click.option("--at", "at", metavar="HH:MM[:SS]", help="Not now but then, by the clock of the tiers' time zone.")
@click.option(
    "--log",
    "log_path",
    type=click.Path(path_type=Path),
    help="With --at: from this log, in JSON, and not from the running daemon, which remembers an hour.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@daemon_options
def command(
    config_path: Path, socket_path: Path | None, at: str | None, log_path: Path | None, *, as_json: bool
) -> None:
    """Why there are so many workers, and what stands in the way: queues that are paused, away or limited, tiers that
    are violated, a reload that was refused."""
    if log_path is not None and at is None:
        raise click.UsageError("--log: needs --at, for a log has many times")
    zone = calendar_of(load(absolute_path(config_path, os.environ), os.environ).sla).zone if at else None
    if log_path is not None and at is not None and zone is not None:
        made = decision_in_force(log_path, seconds_of_day(at), zone)
        decision = {"utc": iso_utc(made.at.timestamp()), "fields": made.fields}
        answer: dict[str, object] = {"decision": decision}
    else:
        at_utc = None if at is None or zone is None else _last_time(seconds_of_day(at), datetime.now(zone), zone)
        answer = dict(ask_daemon(config_path, socket_path, "why", at_utc=at_utc))
    if as_json:
        click.echo(orjson.dumps(answer, default=str).decode())
        return
    _show(answer)


def _show(answer: dict[str, object]) -> None:
    decision = answer["decision"]
    assert isinstance(decision, dict)  # noqa: S101 - it's our own
    explanation = explain(decision["fields"])
    click.echo(decision_text(decision["utc"], explanation.sentences, explanation.numbers))
    for line in reasons_now(answer):
        click.echo(line)


def _last_time(seconds: int, now: datetime, zone: ZoneInfo) -> float:
    """The last moment up to now at which clocks in ``zone`` showed that, as seconds since the epoch."""
    clock = {"hour": seconds // 3600, "minute": seconds // 60 % 60, "second": seconds % 60, "microsecond": 999_999}
    moment = now.replace(**clock)  # type: ignore[arg-type]
    return (moment if moment <= now + timedelta(seconds=1) else moment - timedelta(days=1)).astimezone(zone).timestamp()
