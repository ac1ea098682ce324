"""Which log is meant, and which part of it: options and their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

import click

from punctuald.log_tables.span import Span

from .times import Zone, checked, moment


@dataclass(frozen=True, slots=True)
class LogChoice:
    """``logs`` as they were written; ``zone``: by whose clock days and hours are."""

    logs: tuple[str, ...]
    unit: str | None
    host: str | None
    span: Span
    zone: ZoneInfo


_OPTIONS = (
    click.argument("logs", nargs=-1, metavar="[LOG]..."),
    click.option("--unit", metavar="NAME", help="Not from files but from systemd's journal: punctuald, say."),
    click.option("--since", metavar="TIME", help="2026-11-27, '2026-11-27 14:00', or 2h for two hours ago."),
    click.option("--until", metavar="TIME", help="Up to then."),
    click.option("--host", metavar="NAME", help="Whose the log is; else a file's host is its name, or its folder's."),
    click.option("--zone", type=Zone(), default="UTC", show_default=True, help="By whose clock days and hours are."),
)


def log_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command is given one `LogChoice` for them, as ``choice``."""

    @wraps(function)
    def with_choice(
        logs: tuple[str, ...],
        unit: str | None,
        since: str | None,
        until: str | None,
        host: str | None,
        zone: ZoneInfo,
        **others: Any,
    ) -> Any:
        now_utc = datetime.now(UTC)
        span = Span(moment("--since", since, zone, now_utc), moment("--until", until, zone, now_utc))
        return function(choice=LogChoice(logs, unit, host, checked("--since", span), zone), **others)

    for option in reversed(_OPTIONS):
        with_choice = option(with_choice)
    return with_choice
