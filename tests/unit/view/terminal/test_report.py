from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from punctuald.model import Stage, StageSummary, TierSummary
from punctuald.view.terminal.report import DECISIONS_SHOWN, Decision, RunReport, render
from punctuald.view.terminal.timeline import Point

SUMMARY = StageSummary(count=200, mean=0.07, p50=0.061, p95=0.082, p99=0.12, max=1.5)
PEAK = TierSummary("peak_hours", 3.0, 200, 0, 1.0, 1.0, dict.fromkeys(Stage, SUMMARY))
IDLE = TierSummary("off_hours", 10.0, 0, 0, 1.0, 1.0, dict.fromkeys(Stage, StageSummary(0, 0, 0, 0, 0, 0)))
REPORT = RunReport(
    sent=200,
    processed=199,
    duplicates=2,
    lost=1,
    seconds=20.3,
    late_max_seconds=0.004,
    objective=0.99,
    tiers=(PEAK, IDLE),
    requests={"receive": 100, "acknowledge": 99, "extend": 0},
    workers=(Point(-0.5, 1), Point(4.0, 3)),
    decisions=(Decision(3.9, 3, "backlog"),),
    failures=(),
)


def text(report: RunReport) -> str:
    output = StringIO()
    Console(file=output, width=100).print(render(report))
    return output.getvalue()


def row(report: RunReport, start: str) -> list[str]:
    return next(line.split() for line in text(report).splitlines() if line.strip().startswith(start))


def test_events_are_counted() -> None:
    assert row(REPORT, "200")[:4] == ["200", "199", "2", "1"]


def test_latencies_are_shown_by_stage_in_readable_units() -> None:
    assert " ".join(row(REPORT, "end to end")) == "end to end event → deleted 61 ms 82 ms 120 ms 1.50 s 70 ms"


def test_a_tier_without_messages_is_left_out() -> None:
    assert "peak_hours" in text(REPORT)
    assert "off_hours" not in text(REPORT)


def test_without_any_message_there_are_no_invented_times() -> None:
    nothing = replace(REPORT, processed=0, tiers=(IDLE,), requests={})
    assert row(nothing, "handle")[-5:] == ["-"] * 5


def test_calls_to_sqs_are_shown_per_message_and_by_kind() -> None:
    assert row(REPORT, "1.00") == ["1.00", "199", "100", "99"]
    assert "extend" not in text(REPORT)


def test_workers_are_shown_with_the_reasons_for_their_number() -> None:
    assert "at most 3" in text(REPORT)
    assert row(REPORT, "+3.9 s")[2:] == ["3", "backlog"]


def test_a_long_list_of_decisions_is_cut_and_says_so() -> None:
    many = replace(REPORT, decisions=tuple(Decision(float(at), 2, "arrivals") for at in range(DECISIONS_SHOWN + 5)))
    assert text(many).count("arrivals") == DECISIONS_SHOWN
    assert "and 5 more in the log" in text(many)


def test_the_verdict_says_what_failed() -> None:
    assert "every promise kept" in text(REPORT)
    assert "✗ 1 of 200 events were lost" in text(replace(REPORT, failures=("1 of 200 events were lost",)))
