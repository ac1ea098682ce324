from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from punctuald.demo.daemon_log import FinalStatistics, PoolSize, ScaleDecision
from punctuald.demo.ledger import Tally
from punctuald.demo.slow_start.tier_changes import TierChange
from punctuald.demo.verdict import DemoResult
from punctuald.model import Stage
from punctuald.stats.snapshot import StageSummary, TierSummary
from punctuald.view.terminal.report import DECISIONS_SHOWN, render
from punctuald.view.terminal.tables import page_console

SUMMARY = StageSummary(count=200, mean=0.07, p50=0.061, p95=0.082, p99=0.12, max=1.5)
PEAK = TierSummary("peak_hours", 3.0, 200, 0, 1.0, 1.0, dict.fromkeys(Stage, SUMMARY))
IDLE = TierSummary("off_hours", 10.0, 0, 0, 1.0, 1.0, dict.fromkeys(Stage, StageSummary(0, 0, 0, 0, 0, 0)))
RESULT = DemoResult(
    source="queue telemetry",
    service="SQS",
    tally=Tally(sent=200, processed=199, duplicates=2, lost=1, unknown=0),
    final=FinalStatistics((PEAK, IDLE), {"receive": 100, "acknowledge": 99, "extend": 0}, redelivered=2),
    objective=0.99,
    ready_seconds=1.2,
    finished_seconds=20.3,
    late_max_seconds=0.004,
    pool_sizes=(PoolSize(-0.5, 1), PoolSize(4.0, 3)),
    scale_decisions=(ScaleDecision(3.9, 3, "backlog"),),
    failures=(),
)


def text(result: DemoResult) -> str:
    output = StringIO()
    Console(file=output, width=100).print(render(result))
    return output.getvalue()


def row(result: DemoResult, start: str) -> list[str]:
    return next(line.split() for line in text(result).splitlines() if line.strip().startswith(start))


def test_in_a_pipe_no_name_is_cut(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    tier = "t" * 64
    page_console().print(render(replace(RESULT, final=replace(RESULT.final, tiers=(replace(PEAK, name=tier),)))))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:4] for line in lines if line[:1] == [tier]] == [[tier, "3.00", "s", "200"]]


def test_events_are_counted() -> None:
    assert row(RESULT, "200")[:4] == ["200", "199", "2", "1"]


def test_latencies_are_shown_by_stage_in_readable_units() -> None:
    assert " ".join(row(RESULT, "end to end")) == "end to end event → deleted 61 ms 82 ms 120 ms 1.50 s 70 ms"


def test_a_tier_without_messages_is_left_out() -> None:
    assert "peak_hours" in text(RESULT)
    assert "off_hours" not in text(RESULT)


def test_without_any_message_there_are_no_invented_times() -> None:
    nothing = replace(RESULT, tally=Tally(0, 0, 0, 0, 0), final=FinalStatistics((IDLE,), {}, redelivered=0))
    assert row(nothing, "handle")[-5:] == ["-"] * 5


def test_calls_to_sqs_are_shown_per_message_and_by_kind() -> None:
    assert row(RESULT, "1.00") == ["1.00", "199", "100", "99"]
    assert "extend" not in text(RESULT)


def test_a_topic_is_named_and_its_records_are_done_not_deleted() -> None:
    of_kafka = replace(RESULT, source="topic telemetry, 8 partitions", service="Kafka")
    assert "Events, topic telemetry, 8 partitions" in text(of_kafka)
    assert "Calls to Kafka" in text(of_kafka)
    assert "event → done" in text(of_kafka)
    assert "deleted" not in text(of_kafka)


def test_workers_are_shown_with_the_reasons_for_their_number() -> None:
    assert "at most 3" in text(RESULT)
    assert row(RESULT, "+3.9 s")[2:] == ["3", "backlog"]


def test_a_long_list_of_decisions_is_cut_and_says_so() -> None:
    many = replace(
        RESULT, scale_decisions=tuple(ScaleDecision(float(at), 2, "arrivals") for at in range(DECISIONS_SHOWN + 5))
    )
    assert text(many).count("arrivals") == DECISIONS_SHOWN
    assert "and 5 more in the log" in text(many)


def test_the_verdict_says_what_failed() -> None:
    assert "every tier met its objective" in text(RESULT)
    assert "✗ 1 of 200 events were lost" in text(replace(RESULT, failures=("1 of 200 events were lost",)))


def test_tiers_that_were_violated_are_shown_with_cause_and_end() -> None:
    assert "SLA events" not in text(RESULT)
    violated = TierChange(4.2, "peak_hours", restored=False, late=7, worst_seconds=5.0, cause="queue", doing="scaling")
    restored = TierChange(16.0, "peak_hours", restored=True, late=70, worst_seconds=8.0)
    result = replace(RESULT, tier_changes=(violated, restored))
    assert row(result, "+4.2 s")[2:] == ["peak_hours", "sla.violated", "7", "5.00", "s", "queue", "scaling"]
    assert row(result, "+16.0 s")[2:] == ["peak_hours", "sla.restored", "70", "8.00", "s"]
    assert "what was violated was restored" in text(result)
