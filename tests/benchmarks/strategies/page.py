"""The tables, as docs/strategies.md has them between two markers, and the two pictures beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.strategies.picture import DARK, LIGHT, draw
from benchmarks.strategies.row import TARGETS_SECONDS, TIERS_SECONDS, Outcome, Row, TierRow, short

DOCS = Path(__file__).parents[3] / "docs"
BEGIN, END = "<!-- written by the run: begin -->", "<!-- written by the run: end -->"
COLUMNS = (
    *("Step", "P50", "P95", "Max", "P95 keeps", "Within 5 s"),
    *("3 s (peak hours)", "10 s (off hours)", "60 s (batch)", "Requests a message"),
)
TIER_COLUMNS = (
    "Order of work",
    *(f"{name}, {seconds:g} s" for name, seconds in TIERS_SECONDS.items()),
    "P95 of peak hours",
)


def tables(outcome: Outcome) -> str:
    """Both, in Markdown, and where they come from."""
    steps = _table(COLUMNS, [_cells(row) for row in outcome.rows])
    tiers = _table(TIER_COLUMNS, [_tier_cells(row) for row in outcome.tiers])
    return "\n\n".join(part for part in (steps, tiers if outcome.tiers else "", outcome.machine) if part)


def write(outcome: Outcome, docs: Path = DOCS) -> Sequence[Path]:
    """The page's tables and the pictures, all from the one run; returns what was written."""
    page, light, dark = (docs / name for name in ("strategies.md", "strategies-light.svg", "strategies-dark.svg"))
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{tables(outcome)}\n\n{END}{after}", encoding="utf-8")
    light.write_text(draw(outcome.picture_rows(), LIGHT), encoding="utf-8")
    dark.write_text(draw(outcome.picture_rows(), DARK), encoding="utf-8")
    return page, light, dark


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))


def _cells(row: Row) -> Sequence[str]:
    if row.left_out:
        return [row.name, f"left out: {row.left_out}", *[""] * (len(COLUMNS) - 2)]
    asked = "-" if row.requests_per_message is None else f"{row.requests_per_message:.1f}"
    shares = [_percent(row.share_within(seconds)) for seconds in (TARGETS_SECONDS[0], *TIERS_SECONDS.values())]
    return [row.name, *map(short, (row.p50, row.p95, max(row.seconds))), _kept(row), *shares, asked]


def _kept(row: Row) -> str:
    return ", ".join(f"{target:g} s" for target in row.kept()) or "none"


def _tier_cells(row: TierRow) -> Sequence[str]:
    shares = [_percent(row.tiers[name].share_within(seconds)) for name, seconds in TIERS_SECONDS.items()]
    return [row.order, *shares, short(row.picture_row.p95)]


def _percent(share: float) -> str:
    """Never 100 % where one was late."""
    return f"{int(share * 1000) / 10:g} %"


def rows_of(page: str) -> Iterator[tuple[str, str]]:
    """Name and P95 of each row that the page's tables have; for left-out rows, no P95."""
    part = page.partition(BEGIN)[2].partition(END)[0]
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0][0].isdigit():
            yield cells[0], _p95_of(cells)


def _p95_of(cells: Sequence[str]) -> str:
    if cells[1].startswith("left out"):
        return ""
    return cells[2] if len(cells) == len(COLUMNS) else cells[-1]
