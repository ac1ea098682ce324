"""A simulated run as one HTML page: arrivals, backlog, workers and latency over time, with the tier's threshold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from punctuald.simulate.engine.result import Result

ROWS = ("Arrivals per second", "Waiting messages (most)", "Workers (mean, starts and drains included)", "Latency, s")
HEIGHT_PIXELS = 1000
ORANGE, RED, BLUE, GREY = "#d97706", "#b91c1c", "#1d4ed8", "#6b7280"


def draw(result: Result) -> str:
    """The page; it holds the plotting library, so it needs no network."""
    line = result.timeline
    figure = make_subplots(rows=len(ROWS), cols=1, shared_xaxes=True, subplot_titles=ROWS, vertical_spacing=0.05)
    moments = [
        datetime.fromtimestamp(line.begin_utc + number * line.point_seconds, UTC) for number in range(len(line.workers))
    ]

    def add(row: int, name: str, values: Sequence[float | None], color: str, shape: str = "linear") -> None:
        style = {"color": color, "shape": shape, "width": 1}
        figure.add_trace(go.Scatter(x=moments, y=list(values), name=name, line=style), row=row, col=1)

    add(1, "arrivals", line.arrivals_per_second, BLUE)
    add(2, "waiting", line.backlog_max, ORANGE)
    add(3, "workers", line.workers, BLUE, "hv")
    add(4, "p50", line.latency_p50, GREY)
    add(4, "p99", line.latency_p99, BLUE)
    add(4, "threshold", line.threshold_seconds, RED, "hv")
    figure.update_yaxes(type="log", row=len(ROWS), col=1)  # logarithmic, so that 3 and 60 seconds both can be read
    figure.update_layout(
        title=f"{result.trace}: {result.scaler}", height=HEIGHT_PIXELS, template="plotly_white", hovermode="x unified"
    )
    page: str = figure.to_html(include_plotlyjs=True, full_html=True)
    return page
