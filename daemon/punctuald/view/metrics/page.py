"""All metric families of one moment, in the two forms that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric as Family
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from .figures import DaemonFigures
from .pool import Status, pool_families
from .queues import queue_families, states_of_queues
from .tiers import tier_families

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def families(figures: DaemonFigures, status: Status) -> Iterator[Family]:
    """Each of them once."""
    yield from pool_families(figures, status)
    yield from queue_families(figures.total, figures.total.read_mono)
    yield states_of_queues(status["queues"])
    yield from tier_families(figures)


def text(shown: Iterable[Family]) -> bytes:
    """Prometheus' own format, 0.0.4, which every version of it reads."""
    return generate_latest(_Shown(shown))


def open_metrics(shown: Iterable[Family]) -> bytes:
    """OpenMetrics 1.0, which has units."""
    made: bytes = openmetrics.generate_latest(_Shown(shown))
    return made


class _Shown(Collector):
    """What has been collected already. No registry is needed, and the library's own has this process's memory."""

    def __init__(self, shown: Iterable[Family]) -> None:
        self._shown = shown

    def collect(self) -> Iterable[Family]:
        """See `Collector`."""
        return self._shown
