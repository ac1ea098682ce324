"""One run's report for a person: what was sent and lost, how fast, which tiers met the objective, how many workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from punctuald.demo.daemon_log import FinalStatistics
from punctuald.demo.verdict import DemoResult
from punctuald.model import Stage
from punctuald.stats.snapshot import StageSummary, TierSummary

from .human import human_seconds, human_share
from .tables import NOTHING, alert, plain_table
from .tier_changes import tier_change_table
from .timeline import sparkline

DECISIONS_SHOWN = 12

STAGE_MEANING: Mapping[Stage, str] = {
    Stage.PRODUCE: "event → sent",
    Stage.QUEUE: "sent → received",
    Stage.READY: "received → started",
    Stage.HANDLE: "started → finished",
    Stage.SETTLE: "finished → deleted",
    Stage.END_TO_END: "event → deleted",
}
SETTLED: Mapping[str, str] = {"Kafka": "done", "Kinesis": "done"}
"""What becomes of a handled message where it is not deleted."""


def render(result: DemoResult) -> RenderableType:
    """The whole report, for `rich.console.Console.print`."""
    tiers = _measured(result.final)
    parts: list[RenderableType] = [_events(result), _targets(tiers, result.objective)]
    parts += [_stages(tier, result.service) for tier in tiers]
    parts += [tier_change_table(result.tier_changes)] if result.tier_changes else []
    parts += [_workers(result), _requests(result), _verdict(result)]
    return Group(*parts)


def _measured(final: FinalStatistics) -> Sequence[TierSummary]:
    """The tiers that have messages; where none has, all of them, so that the report always shows tiers."""
    return tuple(tier for tier in final.tiers if tier.met + tier.missed) or final.tiers


def _events(result: DemoResult) -> Table:
    tally = result.tally
    table = plain_table(f"Events, {result.source}", "sent", "processed", "duplicates", "lost", "took", "latest send")
    table.add_row(
        str(tally.sent),
        str(tally.processed),
        alert(str(tally.duplicates), when=tally.duplicates > 0, style="yellow"),
        alert(str(tally.lost), when=tally.lost > 0),
        human_seconds(result.finished_seconds),
        f"+{human_seconds(result.late_max_seconds)}",
    )
    return table


def _targets(tiers: Sequence[TierSummary], objective: float) -> Table:
    table = plain_table(
        f"SLA, objective {human_share(objective)}", "tier", "within", "met", "missed", "compliance", "budget left"
    )
    for tier in tiers:
        table.add_row(
            tier.name,
            human_seconds(tier.threshold_seconds),
            str(tier.met),
            str(tier.missed),
            alert(human_share(tier.compliance), when=tier.compliance < objective),
            alert(human_share(tier.budget_left), when=tier.budget_left < 0),
        )
    return table


def _stages(tier: TierSummary, service: str) -> Table:
    table = plain_table(f"Latency, {tier.name}", "stage", "", "p50", "p95", "p99", "max", "mean")
    for stage in Stage:
        summary = tier.stages.get(stage)
        if summary is not None:
            last = stage is Stage.END_TO_END
            meaning = STAGE_MEANING[stage].replace("deleted", SETTLED.get(service, "deleted"))
            table.add_row(_label(stage), meaning, *_times(summary), style="bold" if last else "")
    return table


def _label(stage: Stage) -> str:
    return stage.name.lower().replace("_", " ")


def _times(summary: StageSummary) -> Iterable[str]:
    if summary.count == 0:
        return [NOTHING] * 5
    return [human_seconds(time) for time in (summary.p50, summary.p95, summary.p99, summary.max, summary.mean)]


def _workers(result: DemoResult) -> RenderableType:
    table = plain_table("Workers wanted", "at", "workers", "why")
    table.columns[-1].justify = "left"
    decisions, sizes = result.scale_decisions, result.pool_sizes
    for decision in decisions[:DECISIONS_SHOWN]:
        table.add_row(f"{decision.at_seconds:+.1f} s", str(decision.workers), decision.reason)
    if left_out := len(decisions) - DECISIONS_SHOWN:
        table.caption = f"and {left_out} more in the log" if left_out > 0 else None
    most = max((size.workers for size in sizes), default=0)
    line = Text.assemble(
        ("\nWorkers ready  ", "bold"),
        (sparkline(sizes, until_seconds=result.finished_seconds), "cyan"),
        f"  at most {most}, over {human_seconds(result.finished_seconds)}",
    )
    return Group(line, table) if decisions else line


def _requests(result: DemoResult) -> Table:
    requests, processed = result.final.requests, result.tally.processed
    total = sum(requests.values())
    kinds = [kind for kind, count in requests.items() if count]
    table = plain_table(f"Calls to {result.service}", "per message", "all", *(kind.replace("_", " ") for kind in kinds))
    per_message = f"{total / processed:.2f}" if processed else NOTHING
    table.add_row(per_message, str(total), *(str(requests[kind]) for kind in kinds))
    return table


def _verdict(result: DemoResult) -> Text:
    if not result.failures:
        met = "every tier met its objective" if not result.tier_changes else "what was violated was restored"
        return Text(f"\n✓ nothing lost, {met}", style="bold green")
    return Text("\n" + "\n".join(f"✗ {failure}" for failure in result.failures), style="bold red")
