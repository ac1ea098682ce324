"""Builds the page of metrics. What it stands on is imported by the first scrape: most of the observer's memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from punctuald import __version__
from punctuald.app.outline import Outline
from punctuald.app.readiness import Readiness
from punctuald.process.http.answer import Answer
from punctuald.process.http.pages import FreshPage, NegotiatedPage, Page
from punctuald.stats.figures.daemon.daemon_figures import DaemonReader
from punctuald.view.metrics.facts import Facts

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

PATH = "/metrics"
_OPENMETRICS = "application/openmetrics-text"


def metrics_page(outline: Outline, readiness: Readiness) -> Page:
    """In Prometheus' text format, or as OpenMetrics for those who can read that."""
    metrics = _Metrics(outline, readiness)
    usual = FreshPage(PATH, metrics.text, outline.clock)
    return NegotiatedPage(usual, FreshPage(PATH, metrics.openmetrics, outline.clock), _OPENMETRICS)


class _Metrics:
    def __init__(self, outline: Outline, readiness: Readiness) -> None:
        self._outline = outline
        self._readiness = readiness
        self._reader = DaemonReader(outline.boards, threshold_seconds=outline.threshold_seconds)

    def text(self) -> Answer:
        from punctuald.view.metrics import page  # noqa: PLC0415 - see above

        return Answer(page.text(self._families()), page.TEXT_TYPE)

    def openmetrics(self) -> Answer:
        from punctuald.view.metrics import page  # noqa: PLC0415 - see above

        return Answer(page.open_metrics(self._families()), page.OPENMETRICS_TYPE)

    def _families(self) -> Iterator[Family]:
        from punctuald.view.metrics.page import families  # noqa: PLC0415 - see above

        return families(self._reader.read(self._outline.clock.mono()), self._facts())

    def _facts(self) -> Facts:
        settings = self._outline.settings
        return Facts(
            version=__version__,
            ready=self._readiness.is_ready,
            objective=settings.sla.objective,
            threshold_seconds=self._outline.threshold_seconds,
            min_workers=settings.pool.min_workers,
            max_workers=settings.pool.max_workers,
        )
