"""Carries out `punctuald simulate --why TIME --log FILE`: a decision that the daemon made, explained."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from punctuald.config import Settings, calendar_of
from punctuald.simulate.scalers.explanation import explain
from punctuald.simulate.trace.decision_log import decision_in_force
from punctuald.view.terminal.simulation import render_decision
from punctuald.view.terminal.tables import page_console

from .time_of_day import seconds_of_day


def explain_from_log(settings: Settings, log_path: Path, why: str, *, as_json: bool) -> None:
    """Print why there were so many workers at ``why``, by the clock of the tiers' time zone."""
    decision = decision_in_force(log_path, seconds_of_day(why), calendar_of(settings.sla).zone)
    if as_json:
        click.echo(orjson.dumps({"made_at": decision.at, **decision.fields}).decode())
        return
    moment = f"{why}, made at {decision.at:%Y-%m-%d %H:%M:%S %Z}"
    page_console().print(render_decision(moment, explain(decision.fields)))
