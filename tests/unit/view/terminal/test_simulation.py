"""A simulation's report and plot."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, RenderableType

from punctuald.view.terminal.simulation import (
    PoolRow,
    SimulationReport,
    TierRow,
    render_decision,
    render_simulation,
)
from punctuald.view.web.simulation_plot import PlotLine, draw

LATE = TierRow("ours", "peak_hours", 3.0, 1_234_567, 0.98765, 0.15, 0.6, 3.2)
EMPTY = TierRow("ours", "batch_mode", 60.0, 0, 1.0, None, None, None)
POOL = PoolRow("ours", 0.98765, 7_200.0, 1.25, None, 12, 1.5, 34, 50, 6, 7, 8, 71, 0.25)


def printed(renderable: RenderableType) -> str:
    console = Console(file=StringIO(), width=80, force_terminal=False)
    console.print(renderable)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_report_fits_a_terminal_and_says_all() -> None:
    text = printed(render_simulation(SimulationReport("a day", 0.99, (LATE, EMPTY), (POOL,), ("a note",))))
    for part in ("a day", "peak_hours", "1,234,567", "98.77 %", "3.20 s", "2.00", "1.250", "$0.25", "a note"):
        assert part in text
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_an_unknown_value_is_shown_as_such() -> None:
    text = printed(render_decision("14:03", ["3 workers."], {"slots": 12, "cpu_share": None}))
    assert "The decision in force at 14:03" in text
    assert "3 workers." in text
    assert ["cpu", "share", "-"] in [line.split() for line in text.splitlines()]


def test_the_page_needs_no_network() -> None:
    line = PlotLine(1_700_000_000.0, 60.0, [1.0, 2.0], [0, 3], [1.0, 2.0], [0.2, None], [0.9, None], [3.0, 10.0])
    page = draw("a day", line)
    for name in ("a day", "arrivals", "waiting", "workers", "p99", "threshold"):
        assert name in page
    assert 'src="http' not in page
