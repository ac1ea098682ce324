"""A simulation's report, and a decision explained."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, RenderableType

from doubles.scaling.simulated_runs import clairvoyant, result, tier_result
from punctuald.simulate.compare.measured_run import MeasuredRun
from punctuald.simulate.scalers.explanation import Explanation
from punctuald.view.terminal.simulation import render_decision, render_simulation

LATE = tier_result("peak_hours", 3.0, messages=1_234_567, met=1_219_330)
EMPTY = tier_result("batch_mode", 60.0, messages=0, met=0)
OURS = result(LATE, EMPTY)
PLAN = clairvoyant(OURS, worker_seconds=6_000.0, note="a note")


def printed(renderable: RenderableType) -> str:
    console = Console(file=StringIO(), width=80, force_terminal=False)
    console.print(renderable)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def rows(text: str, start: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip().startswith(start)]


def test_the_report_fits_a_terminal_and_says_all() -> None:
    text = printed(render_simulation(MeasuredRun(OURS, 0.99, PLAN)))
    for part in ("a day: 1,234,567 messages in 1.00 h, seed 7", "peak_hours", "98.77 %", "3.20 s", "a note"):
        assert part in text
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_workers_are_shown_as_multiples_of_the_best_plan_and_of_the_pure_work() -> None:
    text = printed(render_simulation(MeasuredRun(OURS, 0.99, PLAN)))
    assert rows(text, "ours ")[0] == ["ours", "98.77", "%", "2.00", "1.200", "1.250", "12", "12.0", "34"]
    assert rows(text, "clairvoyant ")[0][3:6] == ["1.67", "1.000", "1.042"]


def test_without_the_best_plan_its_column_is_empty() -> None:
    text = printed(render_simulation(MeasuredRun(OURS, 0.99)))
    assert rows(text, "ours ")[0][3:6] == ["2.00", "-", "1.250"]
    assert "clairvoyant:" not in text


def test_calls_to_sqs_are_shown_by_kind_with_their_price() -> None:
    calls = rows(printed(render_simulation(MeasuredRun(OURS, 0.99))), "ours ")[1]
    assert calls == ["ours", "500,000", "25,000", "99,000", "1,000", "625,000", "$0.25"]


def test_a_tier_without_messages_is_left_out() -> None:
    text = printed(render_simulation(MeasuredRun(OURS, 0.99)))
    assert len(rows(text, "peak_hours")) == 1
    assert rows(text, "batch_mode") == []


def test_an_unknown_value_is_shown_as_such() -> None:
    text = printed(render_decision("14:03", Explanation(("3 workers.",), {"slots": 12, "cpu_share": None})))
    assert "The decision in force at 14:03" in text
    assert "3 workers." in text
    assert ["cpu", "share", "-"] in [line.split() for line in text.splitlines()]
