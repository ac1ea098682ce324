"""What the charts of a report show: the figures, and gaps where there are none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from doubles.log_report.made_log import HOUR, NOON, daemon, line, queue, report, tier, write
from punctuald.view.charts.chart import MarkKind
from punctuald.view.charts.svg import svg
from punctuald.view.charts.table import table_of
from punctuald.view.log_report.sum_charts import cause_chart, compliance_charts
from punctuald.view.log_report.time_charts import latency_charts, load_charts

A_SECOND, TWO_SECONDS = 20 * 64, 21 * 64


def a_log(tmp_path: Path, *lines: bytes) -> Path:
    return write(tmp_path / "vm1.log", lines)


def test_compliance_by_hour_has_a_gap_where_an_hour_is_missing(tmp_path: Path) -> None:
    hours = [
        each for n in (0, 1, 3) for each in (daemon(NOON + n * HOUR), tier(NOON + n * HOUR, met=3, late={"queue": n}))
    ]
    [by_hour] = compliance_charts(report(a_log(tmp_path, *hours)))
    [peak] = by_hour.series
    assert peak.y == (1.0, 0.75, None, 0.5)
    assert [x - NOON for x in peak.x] == [0, HOUR, 2 * HOUR, 3 * HOUR]


def test_a_day_of_25_hours_is_no_gap(tmp_path: Path) -> None:
    saturday = datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp()
    days = [each for n in range(3) for each in (daemon(saturday + n * 24 * HOUR), tier(saturday + n * 24 * HOUR))]
    by_day, _ = compliance_charts(report(a_log(tmp_path, *days), zone="Europe/Berlin"))
    assert by_day.series[0].y == (1.0, 1.0, 1.0)
    assert by_day.series[0].x[2] - by_day.series[0].x[1] == 25 * HOUR


def test_days_are_named_by_their_date(tmp_path: Path) -> None:
    days = [each for n in range(2) for each in (daemon(NOON + n * 24 * HOUR), tier(NOON + n * 24 * HOUR))]
    by_day, _ = compliance_charts(report(a_log(tmp_path, *days)))
    assert re.findall(r">(\d+ Nov)<", svg(by_day)) == ["27 Nov", "28 Nov"]
    assert ":00<" not in svg(by_day)
    assert [row[0] for row in table_of(by_day).rows] == ["2026-11-27", "2026-11-28"]


def test_causes_have_a_bar_for_each_and_a_part_for_each_tier(tmp_path: Path) -> None:
    lines = [daemon(), tier(late={"queue": 7, "outage": 1}), tier(name="night", late={"queue": 2})]
    chart = cause_chart(report(a_log(tmp_path, *lines)))
    assert chart.x_axis.categories == ("outage", "queue")
    assert {series.name: series.y for series in chart.series} == {"night": (0.0, 2.0), "peak": (1.0, 7.0)}


def test_latency_has_the_threshold_and_the_violations(tmp_path: Path) -> None:
    since = "2026-11-27T12:00:00Z"
    lines = [
        *(daemon(), tier(end_to_end={A_SECOND: 99, TWO_SECONDS: 1}), tier(NOON + 10, end_to_end={A_SECOND: 1})),
        daemon(NOON + 10),
        line("sla.violated", NOON + 5, process="observer", tier="peak", since=since, cause="queue"),
    ]
    quantiles, _, spread = latency_charts(report(a_log(tmp_path, *lines)))
    assert [limit.value for limit in quantiles.thresholds] == [3.0]
    assert [(band.begin, band.end) for band in quantiles.bands] == [(NOON, NOON + 20)], "it goes on to the end"
    assert [(series.name, series.y) for series in spread.series] == [
        ("< 2.00 s", (99.0, 1.0)),
        ("< 4.00 s", (1.0, None)),
    ]


def test_the_mean_of_a_stage_is_that_of_all_messages(tmp_path: Path) -> None:
    quick = tier(met=90, stages={"queue": {"mean_seconds": 1.0}})
    slow = tier(queue="mail", met=10, stages={"queue": {"mean_seconds": 11.0}, "handle": {"mean_seconds": 5.0}})
    _, stages, _ = latency_charts(report(a_log(tmp_path, daemon(), quick, slow)))
    assert {series.name: series.y for series in stages.series} == {"queue": (2.0,), "handle": (0.5,)}


def test_what_happened_is_marked_on_the_workers(tmp_path: Path) -> None:
    lines = [
        *(daemon(), queue(arrivals=10), daemon(NOON + 10)),
        line("scale.decision", NOON + 1, process="autoscaler", workers=3, reason="backlog"),
        line("process.exited", NOON + 2, level="error", role="worker", worker=1, status=-9),
        line("reload.completed", NOON + 3, workers=2, generation=2),
        line("queue.unavailable", NOON + 4, level="warning", queue="orders", text="gone"),
    ]
    *_, workers = load_charts(report(a_log(tmp_path, *lines)))
    assert [(mark.kind, mark.text) for mark in workers.marks] == [
        (MarkKind.DECISION, "0 to 3 workers: backlog"),
        (MarkKind.DEATH, "worker 1 died: status -9 "),
        (MarkKind.RELOAD, "reload.completed 2 workers, generation 2"),
    ]
