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
from punctuald.log_tables.figures.cost import Prices, read_prices
from punctuald.log_tables.figures.report import Report, collect
from punctuald.log_tables.log_tables import open_log
from punctuald.process.exit_status import ExitStatus
from punctuald.view.log_report.comparison import compared
from punctuald.view.log_report.page import as_page
from punctuald.view.log_report.sections import Section, sections
from punctuald.view.log_report.text import as_text

from . import answers
from .log_options import LogChoice
from .logs import logs_of
from .steps import Steps
from .times import is_span, span

TITLE = "punctuald report"


def report(choice: LogChoice, prices: Path | None, page: Path | None, *, as_json: bool) -> int:
    """Of the log."""
    found = _collected(choice, ", ".join(choice.logs) or f"unit {choice.unit}", prices)
    if as_json:
        click.echo(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
    _publish(page, f"{TITLE}: {found.name}", tuple(sections(found)), text=not as_json)
    return ExitStatus.FAILED if found.extent is None else ExitStatus.OK


def compare(choice: LogChoice, sides: tuple[str, str], prices: Path | None, page: Path | None) -> int:
    """Of two logs, or of two spans of one."""
    first, second = (_collected(_side(choice, side), side, prices) for side in sides)
    _publish(page, f"{TITLE}: {first.name} and {second.name}", compared(first, second), text=True)
    return ExitStatus.FAILED if first.extent is None or second.extent is None else ExitStatus.OK


def answer(choice: LogChoice, sql: str, *, as_json: bool, as_csv: bool) -> int:
    """To a question in SQL."""
    with _opened(choice) as log:
        names, rows = log.answer(sql)
    shown = answers.as_json if as_json else answers.as_csv if as_csv else answers.as_table
    click.echo(shown(names, rows), nl=False)
    return ExitStatus.OK


def _side(choice: LogChoice, side: str) -> LogChoice:
    if is_span(side):
        return replace(choice, span=span("--compare", side, choice.zone, datetime.now(UTC)))
    return replace(choice, logs=(side,), unit=None)


def _collected(choice: LogChoice, name: str, prices: Path | None) -> Report:
    paid = Prices() if prices is None else read_prices(prices)
    with _opened(choice) as log:
        return collect(log, name, zone=choice.zone.key, prices=paid)


@contextmanager
def _opened(choice: LogChoice) -> Iterator[Database]:
    steps = Steps(SystemClock())
    try:
        logs = logs_of(choice.logs, choice.unit, choice.host, choice.span)
        with open_log(logs, choice.span, steps.show) as log:
            steps.end()
            yield log
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
