"""--events, --interval and --burst: the schedule that `produce` and `demo` send by."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from punctuald.demo.produce import Schedule

OPTIONS = (
    click.option(
        "--events", default=200, show_default=True, type=click.IntRange(1), help="How many events to send in all."
    ),
    click.option(
        "--interval",
        default=0.1,
        show_default=True,
        type=click.FloatRange(0),
        help="Seconds from one burst to the next, in absolute time.",
    ),
    click.option("--burst", default=1, show_default=True, type=click.IntRange(1), help="Events sent at once."),
)


def schedule_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the three options; its function gets them as one ``schedule``."""

    @wraps(function)
    def with_schedule(*, events: int, interval: float, burst: int, **others: Any) -> Any:
        return function(schedule=Schedule(events, interval, burst), **others)

    for option in reversed(OPTIONS):
        with_schedule = option(with_schedule)
    return with_schedule
