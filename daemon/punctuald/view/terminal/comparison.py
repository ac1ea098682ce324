"""A comparison of laws of scaling for a person: one table for each trace, and one over all of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from punctuald.simulate.compare.comparison import TraceComparison
from punctuald.simulate.compare.standing import Standing

from .human import human_share
from .tables import alert, plain_table

MANY_SECONDS = 100  # from here on fractions of a second mean nothing
LEGEND = """
all, tight: % in time, of all messages and of the tightest tier's
p95, p99: seconds from sending to the end
x best: worker-seconds as a multiple of the clairvoyant plan's
starts, steps: processes forked and changes of the target, an hour
calls: to SQS, millions"""


def render_comparison(traces: Sequence[TraceComparison], summary: Sequence[Standing], goal: float) -> RenderableType:
    """All tables, for `rich.console.Console.print`. Without a summary, the traces alone."""
    parts = [part for compared in traces for part in (_trace(compared, goal), _settings(compared))]
    return Group(*parts, *([_summary(summary, goal)] if summary else []), Text(LEGEND, style="dim"))


def _trace(compared: TraceComparison, goal: float) -> RenderableType:
    columns = ("all", "tight", "p95", "p99", "x best", "starts", "steps", "calls")
    drawn = plain_table(f"{compared.trace}, {compared.hours:.4g} h", "scaler", *columns)
    drawn.padding = (0, 1, 0, 0)  # or nine columns would not fit into 80 characters
    for row in compared.rows:
        figures = row.figures
        drawn.add_row(
            _name(row.scaler, tuned=row.tuned),
            *(_share(share, goal) for share in (figures.compliance, figures.tightest)),
            *(_seconds(latency) for latency in (figures.p95, figures.p99)),
            f"{row.cost:.3f}",
            f"{figures.starts_per_hour:,.0f}",
            f"{figures.scale_events_per_hour:,.0f}",
            f"{figures.requests / 1e6:.2f}",
        )
    return drawn


def _share(share: float, goal: float) -> Text:
    return alert(human_share(share).removesuffix(" %"), when=share < goal)


def _seconds(seconds: float) -> str:
    """``seconds`` without a unit and in few digits, so that a column stays narrow."""
    return f"{seconds:.2f}" if seconds < MANY_SECONDS else f"{seconds:,.0f}"


def _settings(compared: TraceComparison) -> RenderableType:
    settings = (f"  {row.scaler}{', tuned' if row.tuned else ''}: {row.label}" for row in compared.rows)
    return Text("\n".join(settings), style="dim")


def _summary(standings: Sequence[Standing], goal: float) -> RenderableType:
    title = f"Over {standings[0].traces} traces; x best is the geometric mean"
    drawn = plain_table(title, "scaler", f"at {goal:.1%}", "worst %", "x best", "starts/h", "undercut on")
    for standing in standings:
        drawn.add_row(
            _name(standing.scaler, tuned=standing.tuned),
            alert(f"{standing.reached} of {standing.traces}", when=standing.reached < standing.traces),
            _share(standing.worst, goal),
            f"{standing.cost:.3f}",
            f"{standing.starts_per_hour:,.0f}",
            f"{standing.undercut}",
        )
    return drawn


def _name(scaler: str, *, tuned: bool) -> str:
    """The first column: a tuned scaler's row stands below the published one's, indented."""
    return "  tuned" if tuned else scaler
