"""What a benchmark found: figures beside their goals, as a table for people and a JSON file for comparing runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

DIRECTORY = Path(__file__).parents[2] / "build" / "bench"


FIRM = 0.9
"""Of a goal for a median: the share of it that the lower quartile must reach, or the median was luck."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``at_most`` or ``at_least`` is the goal, None where the number is only told; ``error`` is what it may
    be off by. ``quartiles`` are those of the many values that this one is the median of.
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    error: float = 0.0
    at_least: float | None = None
    quartiles: tuple[float, float] | None = None

    @property
    def goal(self) -> str:
        """The goal in words, if there is one."""
        if self.at_least is not None:
            return f">= {self.at_least:g} {self.unit}"
        return "" if self.at_most is None else f"<= {self.at_most:g} {self.unit}"

    @property
    def verdict(self) -> str:
        """Whether the goal is met, as far as this measurement can tell."""
        if self.at_least is not None:
            missing = self.at_least - self.value
        elif self.at_most is not None:
            missing = self.value - self.at_most
        else:
            return ""
        if self.quartiles is not None and self.at_least is not None and self.quartiles[0] < FIRM * self.at_least:
            return "MISSED"
        if missing + self.error <= 0:
            return "met"
        return "MISSED" if missing - self.error > 0 else "too close to tell"


@dataclass(frozen=True, slots=True)
class Result:
    """All figures of one benchmark; ``details`` are the raw numbers behind them, for the file only; ``note`` is said
    beside them, or says why there are none.
    """

    name: str
    figures: Sequence[Figure]
    details: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def publish(result: Result, console: Console) -> Path:
    """Print the table and write the file; returns its path."""
    table = Table(title=f"\n{result.name}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in ("figure", "value", "goal", ""):
        table.add_column(column, justify="left" if column in {"figure", ""} else "right", no_wrap=True)
    for figure in result.figures:
        table.add_row(figure.name, _value(figure), figure.goal, figure.verdict)
    console.print(table if result.figures else f"\n{result.name}")
    if result.note:
        console.print(result.note)
    return write(result)


def _value(figure: Figure) -> str:
    error = f" ± {figure.error:.2g}" if figure.error else ""
    if figure.quartiles is not None:
        error = f" ({figure.quartiles[0]:.3g} … {figure.quartiles[1]:.3g})"
    return f"{figure.value:.5g}{error} {figure.unit}"


def write(result: Result) -> Path:
    """The file alone; returns its path."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    path = DIRECTORY / f"{result.name}.json"
    figures = [{**asdict(figure), "verdict": figure.verdict} for figure in result.figures]
    content = {"name": result.name, "note": result.note, "figures": figures, "details": result.details}
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return path


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed (nearest rank); there has to be one at least."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
