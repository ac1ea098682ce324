"""One run's report for a person: what was sent and lost, how fast, which promise was kept, by how many workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from punctuald.model import Stage, StageSummary, TierSummary

from .human import human_seconds, human_share
from .tables import NOTHING, alert, plain_table
from .timeline import Point, sparkline

DECISIONS_SHOWN = 12

STAGE_MEANING: Mapping[Stage, str] = {
    Stage.PRODUCE: "event → sent",
    Stage.QUEUE: "sent → received",
    Stage.READY: "received → started",
    Stage.HANDLE: "started → finished",
    Stage.SETTLE: "finished → deleted",
    Stage.END_TO_END: "event → deleted",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the autoscaler wanted, when and why."""

    at_seconds: float
    workers: int
    reason: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """What there is to show. Times are seconds; those of ``workers`` and ``decisions`` count from the first event."""

    sent: int
    processed: int
    duplicates: int
    lost: int
    seconds: float
    late_max_seconds: float
    objective: float
    tiers: tuple[TierSummary, ...]
    requests: Mapping[str, int]
    workers: tuple[Point, ...]
    decisions: tuple[Decision, ...]
    failures: tuple[str, ...]

    @property
    def measured_tiers(self) -> tuple[TierSummary, ...]:
        """The tiers that any message fell into; with none, all of them, so that the report is never without."""
        return tuple(tier for tier in self.tiers if tier.met + tier.missed) or self.tiers


def render(report: RunReport) -> RenderableType:
    """The whole report, for `rich.console.Console.print`."""
    parts: list[RenderableType] = [_events(report), _promises(report)]
    parts += [_stages(tier) for tier in report.measured_tiers]
    parts += [_workers(report), _requests(report), _verdict(report)]
    return Group(*parts)


def _events(report: RunReport) -> Table:
    table = plain_table("Events", "sent", "processed", "duplicates", "lost", "took", "latest send")
    table.add_row(
        str(report.sent),
        str(report.processed),
        alert(str(report.duplicates), when=report.duplicates > 0, style="yellow"),
        alert(str(report.lost), when=report.lost > 0),
        human_seconds(report.seconds),
        f"+{human_seconds(report.late_max_seconds)}",
    )
    return table


def _promises(report: RunReport) -> Table:
    table = plain_table(
        f"SLA, objective {human_share(report.objective)}",
        "tier",
        "within",
        "met",
        "missed",
        "compliance",
        "budget left",
    )
    for tier in report.measured_tiers:
        missed = tier.compliance < report.objective
        table.add_row(
            tier.name,
            human_seconds(tier.threshold_seconds),
            str(tier.met),
            str(tier.missed),
            alert(human_share(tier.compliance), when=missed),
            alert(human_share(tier.budget_left), when=tier.budget_left < 0),
        )
    return table


def _stages(tier: TierSummary) -> Table:
    table = plain_table(f"Latency, {tier.name}", "stage", "", "p50", "p95", "p99", "max", "mean")
    for stage in Stage:
        summary = tier.stages.get(stage)
        if summary is not None:
            last = stage is Stage.END_TO_END
            table.add_row(_label(stage), STAGE_MEANING[stage], *_times(summary), style="bold" if last else "")
    return table


def _label(stage: Stage) -> str:
    return stage.name.lower().replace("_", " ")


def _times(summary: StageSummary) -> Iterable[str]:
    if summary.count == 0:
        return [NOTHING] * 5
    return [human_seconds(time) for time in (summary.p50, summary.p95, summary.p99, summary.max, summary.mean)]


def _workers(report: RunReport) -> RenderableType:
    table = plain_table("Workers wanted", "at", "workers", "why")
    table.columns[-1].justify = "left"
    for decision in report.decisions[:DECISIONS_SHOWN]:
        table.add_row(f"{decision.at_seconds:+.1f} s", str(decision.workers), decision.reason)
    if left_out := len(report.decisions) - DECISIONS_SHOWN:
        table.caption = f"and {left_out} more in the log" if left_out > 0 else None
    most = max((point.workers for point in report.workers), default=0)
    line = Text.assemble(
        ("\nWorkers ready  ", "bold"),
        (sparkline(report.workers, until_seconds=report.seconds), "cyan"),
        f"  at most {most}, over {human_seconds(report.seconds)}",
    )
    return Group(line, table) if report.decisions else line


def _requests(report: RunReport) -> Table:
    total = sum(report.requests.values())
    kinds = [kind for kind, count in report.requests.items() if count]
    table = plain_table("Calls to SQS", "per message", "all", *(kind.replace("_", " ") for kind in kinds))
    per_message = f"{total / report.processed:.2f}" if report.processed else NOTHING
    table.add_row(per_message, str(total), *(str(report.requests[kind]) for kind in kinds))
    return table


def _verdict(report: RunReport) -> Text:
    if not report.failures:
        return Text("\n✓ nothing lost, every promise kept", style="bold green")
    return Text("\n" + "\n".join(f"✗ {failure}" for failure in report.failures), style="bold red")
