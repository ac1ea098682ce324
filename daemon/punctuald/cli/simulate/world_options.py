"""What `simulate` assumes beyond the configuration: handlers, starts, what the source tells of its depth, its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from .trace_options import Span


@dataclass(frozen=True, slots=True)
class World:
    """The options' values; each option's help says what it means."""

    service_seconds: float
    service_variation: float
    service_log: Path | None
    start_seconds: float
    start_variation: float
    depth: str
    depth_stale_seconds: float
    depth_noise: float
    order_randomness: float
    redelivery: float
    redelivery_seconds: float
    overload: str
    window: int | None
    squeezed: bool
    daemons: int | None
    kill_at_seconds: float | None


OPTIONS = (
    click.option(
        "--service", "service_seconds", default="0.2s", show_default=True, type=Span(), help="Mean time of a handler."
    ),
    click.option(
        "--service-cv",
        "service_variation",
        default=1.0,
        show_default=True,
        type=click.FloatRange(0),
        help="Its standard deviation in means; the distribution is lognormal.",
    ),
    click.option(
        "--service-log",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Draw handling times from those that the daemon logged there.",
    ),
    click.option(
        "--start", "start_seconds", default="1s", show_default=True, type=Span(), help="From fork to the first message."
    ),
    click.option("--start-cv", "start_variation", default=0.0, show_default=True, type=click.FloatRange(0)),
    click.option(
        "--depth",
        type=click.Choice(["sampled", "missing"]),
        default="sampled",
        show_default=True,
        help="Whether the source says how long the queue is.",
    ),
    click.option(
        "--stale", "depth_stale_seconds", default="5s", show_default=True, type=Span(), help="How old that depth is."
    ),
    click.option(
        "--noise",
        "depth_noise",
        default=0.05,
        show_default=True,
        type=click.FloatRange(0),
        help="Its standard deviation, as a share.",
    ),
    click.option(
        "--disorder",
        "order_randomness",
        default=0.0,
        show_default=True,
        type=click.FloatRange(0, 1),
        help="Messages come at random out of this oldest share of the queue.",
    ),
    click.option(
        "--redelivery",
        default=0.0,
        show_default=True,
        type=click.FloatRange(0, 0.95),
        help="Share of deliveries that fail and come again.",
    ),
    click.option("--redelivery-after", "redelivery_seconds", default="1s", show_default=True, type=Span()),
    click.option(
        "--overload",
        type=click.Choice(["breached-first", "rescue"]),
        default="breached-first",
        show_default=True,
        help="What goes first when not all can be on time: the late ones, or those that can still make it.",
    ),
    click.option(
        "--window", type=click.IntRange(1), help="Messages that the pool can hold back; without it, as the daemon."
    ),
    click.option(
        "--squeezed",
        is_flag=True,
        help="A day's tiers squeezed into the trace: 10, 3, 10, 60, 3 s for 15, 50, 15, 15, 5 % of it.",
    ),
    click.option(
        "--daemons",
        type=click.IntRange(1),
        show_default="scaling.hosts; 1 with --workers",
        help="So many daemons work off the queue, each with workers of its own and configured as this one.",
    ),
    click.option(
        "--kill-at",
        "kill_at_seconds",
        type=Span(),
        help="With several daemons: the last one is killed there, and what it ran comes again (--redelivery-after).",
    ),
)


def world_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; its function gets them as one ``world``."""
    names = World.__dataclass_fields__

    @wraps(function)
    def with_world(**arguments: Any) -> Any:
        world = World(**{name: arguments.pop(name) for name in names})
        return function(world=world, **arguments)

    for option in reversed(OPTIONS):
        with_world = option(with_world)
    return with_world
