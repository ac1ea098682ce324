"""What was found out about one consumer of a log, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.comparison.scenes import Throughput
from benchmarks.figures import Figure


@dataclass(slots=True)
class Row:
    """``failure`` is the last one: who has failed is not tried again."""

    name: str
    versions: str = ""
    rounds: list[Throughput] = field(default_factory=list)
    failure: str = ""

    def per_cpu_second(self) -> float:
        """The middle of the rounds."""
        return median(each.messages_per_cpu_second for each in self.rounds)

    def per_second(self) -> float:
        """The middle of the rounds."""
        return median(each.messages_per_second for each in self.rounds)


def show(title: str, rows: Sequence[Row], console: Console) -> None:
    """Who has failed is named below."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for heading in ("", "records/s", "records per CPU-s", "us of CPU", "versions"):
        table.add_column(heading, justify="right" if "records" in heading or "us" in heading else "left")
    for row in rows:
        if row.rounds:
            cost_us = 1e6 / row.per_cpu_second()
            table.add_row(
                row.name, f"{row.per_second():,.0f}", f"{row.per_cpu_second():,.0f}", f"{cost_us:.2f}", row.versions
            )
    console.print(table)
    for row in rows:
        if row.failure:
            console.print(f"[red]{row.name}: {row.failure}[/red]", highlight=False)


def figures(rows: Mapping[str, Row], goals: Mapping[tuple[str, str], float]) -> Iterator[Figure]:
    """What was measured, and the ratios of it that there are ``goals`` for; who has failed is in none."""
    for row in rows.values():
        if row.rounds:
            yield Figure(f"{row.name}: records per CPU-second", row.per_cpu_second())
    for (ours, theirs), goal in goals.items():
        if rows[ours].rounds and rows[theirs].rounds:
            ratio = rows[ours].per_cpu_second() / rows[theirs].per_cpu_second()
            yield Figure(f"{ours}, times {theirs}, per CPU-second", ratio, at_least=goal)
