"""The speeds behind the ratios, for people: medians over the turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Protocol

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.pairs.ratios import Pair, Turn

BUSY_SERVER_SHARE = 0.85
COLUMNS = (
    "",
    "messages/s, ours",
    "theirs",
    "messages per CPU-s, ours",
    "theirs",
    "cores, ours",
    "theirs",
    "servers' core",
)


class Outcome(Protocol):
    """What became of ours against one other."""

    @property
    def rival(self) -> str:
        """Its name."""

    @property
    def versions(self) -> str:
        """What was installed."""

    @property
    def pairs(self) -> Sequence[Pair]:
        """Empty if it failed."""

    @property
    def failure(self) -> str:
        """Why."""


def print_speeds(outcomes: Sequence[Outcome], console: Console) -> None:
    """A row for each that was measured, a line for each that was not, and for each where the server was the limit."""
    table = Table(title="\nMedians of the turns", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for heading in COLUMNS:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=not heading)
    for outcome in outcomes:
        if outcome.pairs:
            table.add_row(outcome.rival, *_cells(outcome.pairs))
    console.print(table)
    for outcome in outcomes:
        console.print(f"{outcome.rival}: {outcome.versions}")
        if outcome.failure:
            console.print(f"[red]{outcome.rival}: {outcome.failure}[/red]")
        for who, share in zip(("ours", outcome.rival), _server_shares(outcome.pairs), strict=False):
            if share > BUSY_SERVER_SHARE:
                console.print(f"{outcome.rival}: the server was the limit of {who} ({share:.0%} of its core)")


def _cells(pairs: Sequence[Pair]) -> list[str]:
    ours, theirs = [pair.ours for pair in pairs], [pair.theirs for pair in pairs]

    def both(number: Callable[[Turn], float], form: str) -> list[str]:
        return [format(median(map(number, turns)), form) for turns in (ours, theirs)]

    return [
        *both(lambda turn: turn.messages_per_second, ",.0f"),
        *both(lambda turn: turn.messages_per_cpu_second, ",.0f"),
        *both(lambda turn: turn.cpu_share, ".2f"),
        " / ".join(f"{share:.0%}" for share in _server_shares(pairs)),
    ]


def _server_shares(pairs: Sequence[Pair]) -> list[float]:
    """Of their core, by our server and by theirs; each works in its own contender's turns."""
    if not pairs:
        return []
    return [median(pair.ours.server_share for pair in pairs), median(pair.theirs.server_share for pair in pairs)]
