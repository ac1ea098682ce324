"""Whether the daemon is ready, as the verb `ready` and `/readyz` say it."""

from __future__ import annotations

from collections.abc import Mapping

from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.row_reader import RowReader

from .outline import Outline


class Readiness:
    """Ready is who has ``min_workers`` workers that take messages."""

    def __init__(self, outline: Outline) -> None:
        self._rows = ActiveRows(outline.boards, lambda view: view)
        self._min_workers = outline.settings.pool.min_workers

    @property
    def is_ready(self) -> bool:
        """As of now."""
        return self._workers >= self._min_workers

    def document(self) -> Mapping[str, object]:
        """The same with its numbers."""
        workers = self._workers
        return {
            "ready": workers >= self._min_workers,
            "workers_ready": workers,
            "min_workers": self._min_workers,
        }

    @property
    def _workers(self) -> int:
        return sum(_takes_messages(view) for view in self._rows.read())


def _takes_messages(view: RowReader) -> bool:
    return view.is_worker and view.ready_mono is not None
