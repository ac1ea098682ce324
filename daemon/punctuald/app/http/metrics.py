"""Builds the page of metrics. What it stands on is imported by the first scrape: most of the observer's memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from punctuald.app.outline import Outline
from punctuald.app.readiness import Readiness
from punctuald.process.http.answer import Answer
from punctuald.process.http.pages import FreshPage, NegotiatedPage, Page
from punctuald.view.metrics.figures import DaemonReader

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

PATH = "/metrics"
_OPENMETRICS = "application/openmetrics-text"


def metrics_page(outline: Outline, readiness: Readiness, status: Callable[[], Mapping[str, Any]]) -> Page:
    """In Prometheus' text format, or as OpenMetrics for those who can read that. ``status`` gives the status
    document."""
    metrics = _Metrics(outline, readiness, status)
    usual = FreshPage(PATH, metrics.text, outline.clock)
    return NegotiatedPage(usual, FreshPage(PATH, metrics.openmetrics, outline.clock), _OPENMETRICS)


class _Metrics:
    def __init__(self, outline: Outline, readiness: Readiness, status: Callable[[], Mapping[str, Any]]) -> None:
        self._clock = outline.clock
        self._readiness = readiness
        self._status = status
        self._reader = DaemonReader(
            outline.boards, threshold_seconds=outline.threshold_seconds, objective=outline.settings.sla.objective
        )

    def text(self) -> Answer:
        from punctuald.view.metrics import page  # noqa: PLC0415 - see above

        return Answer(page.text(self._families()), page.TEXT_TYPE)

    def openmetrics(self) -> Answer:
        from punctuald.view.metrics import page  # noqa: PLC0415 - see above

        return Answer(page.open_metrics(self._families()), page.OPENMETRICS_TYPE)

    def _families(self) -> Iterator[Family]:
        from punctuald.view.metrics.page import families  # noqa: PLC0415 - see above

        figures = self._reader.read(self._clock.mono(), is_ready=self._readiness.is_ready)
        return families(figures, self._status())
