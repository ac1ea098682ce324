"""The tables of a comparison."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from punctuald.simulate.compare.comparison import Row, TraceComparison
from punctuald.simulate.compare.figures import Figures
from punctuald.simulate.compare.standing import Standing
from punctuald.view.terminal.comparison import render_comparison

AS_IS = Figures(0.99999, 0.9985, 43.4, 1153.8, 1e6, 4321.0, 3210.0, 13.3e6)
IN_HINDSIGHT = Figures(1.0, 1.0, 0.4, 1.8, 1e6, 12.0, 6.0, 2e6)
LAW = Row("AWS target tracking", "as is", AS_IS, worst=0.99, cost=12.3)
TUNED = Row("AWS target tracking", "less backlog", IN_HINDSIGHT, worst=1.0, cost=1.5, tuned=True)
COMPARED = TraceComparison("a day", 24.0, (LAW, TUNED))
STANDING = Standing("punctuald", False, 4, 3, 0.9955, 1.125, 180.0, 1)


def printed(summary: list[Standing]) -> str:
    console = Console(file=StringIO(), width=80)
    console.print(render_comparison([COMPARED], summary, 0.999))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_row_fits_a_terminal_and_compliance_is_never_rounded_up_to_all() -> None:
    text = printed([])
    row = next(line for line in text.splitlines() if line.startswith("AWS target tracking"))
    assert " ".join(row.split()) == "AWS target tracking 99.99 99.85 43.40 1,154 12.300 4,321 3,210 13.30"
    assert "…" not in text


def test_what_hindsight_chose_stands_below_the_published_settings() -> None:
    lines = printed([]).splitlines()
    below = next(number for number, line in enumerate(lines) if line.startswith("AWS target tracking")) + 1
    assert lines[below].startswith("  tuned")
    assert "  AWS target tracking, tuned: less backlog" in [line.rstrip() for line in lines]


def test_over_several_traces_it_says_who_kept_the_goal_on_how_many() -> None:
    text = printed([STANDING])
    assert "Over 4 traces" in text
    assert "3 of 4" in text
    assert "Over" not in printed([])
