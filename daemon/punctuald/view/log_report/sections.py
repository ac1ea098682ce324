"""What a report has to say, section by section: sentences, charts, tables. Page and text show the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from punctuald.log_tables.figures.report import Report
from punctuald.view.charts.chart import Chart
from punctuald.view.charts.table import Table

from . import facts, tables
from .sum_charts import cause_chart, compliance_charts
from .time_charts import latency_charts, load_charts


@dataclass(frozen=True, slots=True)
class Section:
    """``tables`` have a caption each. ``key`` is its name in links."""

    key: str
    title: str
    sentences: tuple[str, ...]
    charts: tuple[Chart, ...] = ()
    tables: tuple[tuple[str, Table], ...] = ()


def sections(report: Report) -> Iterator[Section]:
    """In the order of an operator's questions: is it on time, why not, what was done about it, what does it cost."""
    yield Section("log", "The log", facts.about_log(report), tables=_filled(("Hosts' gaps", tables.gaps(report))))
    if report.extent is None:
        return
    yield Section(
        "on-time", "On time?", facts.on_time(report), compliance_charts(report),
        _filled(
            ("By tier", tables.tiers(report)), ("The worst hours", tables.worst_hours(report)),
            ("By day", tables.days(report)),
        ),
    )  # fmt: skip
    yield Section(
        "late", "Why late?", facts.why_late(report), (cause_chart(report),) if report.causes else (),
        _filled(
            ("By cause", tables.causes(report)), ("Examples", tables.examples(report)),
            ("Violations", tables.violations(report)),
        ),
    )  # fmt: skip
    yield Section("latency", "How long messages took", (), tuple(latency_charts(report)))
    yield Section(
        "scaling", "Load and workers", facts.scaling(report), load_charts(report),
        _filled(
            ("Decisions", tables.decisions(report)), ("Deaths", tables.deaths(report)),
            ("What else happened", tables.changes(report)),
        ),
    )  # fmt: skip
    yield Section(
        "queues", "Queues and handlers", (), (),
        _filled(
            ("Queues", tables.queues(report)), ("Errors of handlers", tables.errors(report)),
            ("Duplicates by cause", tables.duplicates(report)),
        ),
    )  # fmt: skip
    yield Section("cost", "Calls and cost", facts.costs(report), (), _filled(("Calls", tables.requests(report))))


def _filled(*captioned: tuple[str, Table]) -> tuple[tuple[str, Table], ...]:
    return tuple((caption, table) for caption, table in captioned if table.rows)
