"""The trace that `simulate` replays: from a file or made up, which part of it, and at which load."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SYNTHETIC = ("diurnal", "bursts", "outage", "drop")  # listed again here, because --help must not need numpy


class Span(click.ParamType[float]):
    """A length of time such as 90s, 15m, 2h or 1.5d; a bare number is seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """To seconds."""
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", value)
        if found is None:
            self.fail(f"{value!r} is not a length of time such as 90s, 15m, 2h or 1.5d", param, ctx)
        return float(found[1]) * UNIT_SECONDS[found[2] or "s"]


@dataclass(frozen=True, slots=True)
class TraceChoice:
    """The options' values; None = leave the trace as it is."""

    paths: tuple[Path, ...]
    synthetic: str | None
    length_seconds: float
    from_seconds: float
    until_seconds: float | None
    bin_seconds: float | None
    load_workers: float | None

    def each(self) -> tuple[Path | None, ...]:
        """The files, or None for the made-up trace. Raises where both or neither was asked for."""
        if bool(self.paths) == (self.synthetic is not None):
            raise click.UsageError("Say which trace: either --trace FILE or --synthetic KIND.")
        return self.paths or (None,)

    def one(self) -> Path | None:
        """As `each`, where there may be only one."""
        only, *others = self.each()
        if others:
            raise click.UsageError("More than one --trace is for --compare.")
        return only


OPTIONS = (
    click.option(
        "--trace",
        "paths",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="CSV (`second,arrivals` or `minute,arrivals`, may be .gz), or a JSON log of the daemon. With --compare it"
        " may be given more than once.",
    ),
    click.option("--synthetic", type=click.Choice(SYNTHETIC), help="A made-up trace instead of --trace."),
    click.option("--length", default="1d", show_default=True, type=Span(), help="How long a made-up trace lasts."),
    click.option("--from", "begin", default="0s", type=Span(), help="Leave out what was sent before: 5h, 2d …"),
    click.option("--until", type=Span(), help="Leave out what was sent from then on."),
    click.option(
        "--bin",
        "bin_seconds",
        type=Span(),
        help="Count by so long a time before scaling: spreads the clumps that a trace of few messages is made of.",
    ),
    click.option(
        "--load",
        type=click.FloatRange(0, min_open=True),
        help="Scale the trace so that its mean keeps so many workers busy.",
    ),
)


def trace_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; its function gets them as one ``choice``."""

    @wraps(function)
    def with_choice(
        *,
        paths: tuple[Path, ...],
        synthetic: str | None,
        length: float,
        begin: float,
        until: float | None,
        bin_seconds: float | None,
        load: float | None,
        **others: Any,
    ) -> Any:
        choice = TraceChoice(paths, synthetic, length, begin, until, bin_seconds, load)
        return function(choice=choice, **others)

    for option in reversed(OPTIONS):
        with_choice = option(with_choice)
    return with_choice
