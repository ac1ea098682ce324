"""Does what was asked: reads, asks the tables, writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from punctuald.clock import SystemClock
from punctuald.errors import ConfigurationError
from punctuald.log_tables.database import Database
from punctuald.log_tables.figures.cost import read_prices
from punctuald.log_tables.figures.report import Report, collect
from punctuald.log_tables.figures.what_if import WhatIf
from punctuald.log_tables.log_tables import OnStep, open_log
from punctuald.policy.advice.prices import LIST_PRICES, Prices
from punctuald.process.exit_status import ExitStatus
from punctuald.view.log_report.comparison import compared
from punctuald.view.log_report.page import as_page
from punctuald.view.log_report.sections import Section, sections
from punctuald.view.log_report.text import as_text
from punctuald.view.log_report.what_if import what_if_section

from . import answers
from .changes import Question
from .log_options import LogChoice
from .logs import logs_of
from .steps import Steps
from .times import is_span, span

TITLE = "punctuald report"


def report(
    choice: LogChoice, prices_path: Path | None, question: Question | None, page: Path | None, *, as_json: bool
) -> int:
    """Of the log; with what would have come of it, where that is a question."""
    prices = _prices(prices_path)
    name = ", ".join(choice.logs) or f"unit {choice.unit}"
    with _opened(choice) as (log, on_step):
        found = collect(log, name, zone=choice.zone.key, prices=prices)
        answered = None if question is None else _what_if(log, found, question, prices, on_step)
    if as_json:
        fields = {**asdict(found), **({} if answered is None else {"what_if": _fields(answered)})}
        click.echo(orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
    _publish(page, f"{TITLE}: {name}", tuple(_shown(found, answered)), text=not as_json)
    return ExitStatus.FAILED if found.extent is None else ExitStatus.OK


def _what_if(log: Database, found: Report, question: Question, prices: Prices, on_step: OnStep) -> WhatIf:
    # Only here: it needs numpy, and nothing else does.
    from .replays import what_if  # noqa: PLC0415

    return what_if(log, found, question, prices, on_step)


def _fields(answered: WhatIf) -> dict[str, object]:
    return {**asdict(answered), "is_near": answered.is_near}


def _shown(found: Report, answered: WhatIf | None) -> Iterator[Section]:
    yield from sections(found)
    if answered is not None and found.extent is not None:
        yield what_if_section(answered, found.extent)


def compare(choice: LogChoice, sides: tuple[str, str], prices: Path | None, page: Path | None) -> int:
    """Of two logs, or of two spans of one."""
    first, second = (_collected(_side(choice, side), side, _prices(prices)) for side in sides)
    _publish(page, f"{TITLE}: {first.name} and {second.name}", compared(first, second), text=True)
    return ExitStatus.FAILED if first.extent is None or second.extent is None else ExitStatus.OK


def answer(choice: LogChoice, sql: str, *, as_json: bool, as_csv: bool) -> int:
    """To a question in SQL."""
    with _opened(choice) as (log, _):
        names, rows = log.answer(sql)
    shown = answers.as_json if as_json else answers.as_csv if as_csv else answers.as_table
    click.echo(shown(names, rows), nl=False)
    return ExitStatus.OK


def _side(choice: LogChoice, side: str) -> LogChoice:
    if is_span(side):
        return replace(choice, span=span("--compare", side, choice.zone, datetime.now(UTC)))
    return replace(choice, logs=(side,), unit=None)


def _collected(choice: LogChoice, name: str, prices: Prices) -> Report:
    with _opened(choice) as (log, _):
        return collect(log, name, zone=choice.zone.key, prices=prices)


def _prices(path: Path | None) -> Prices:
    return LIST_PRICES if path is None else read_prices(path)


@contextmanager
def _opened(choice: LogChoice) -> Iterator[tuple[Database, OnStep]]:
    steps = Steps(SystemClock())
    try:
        logs = logs_of(choice.logs, choice.unit, choice.host, choice.span)
        with open_log(logs, choice.span, steps.show) as log:
            steps.end()
            yield log, steps.show
    finally:
        steps.end()


def _publish(page: Path | None, title: str, shown: Sequence[Section], *, text: bool) -> None:
    if text:
        click.echo(as_text(title, shown), nl=False)
    if page is None:
        return
    try:
        page.write_text(as_page(title, shown), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--html: {page}: can't be written: {error.strerror}") from None
    click.echo(f"The page is {page}", err=True)
