"""How far a run is, on one line that is kept up to date; nothing where the console is no terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from punctuald.demo.watch import Progress as RunProgress


class LiveProgress:
    """Shows sent, processed and workers while it is entered."""

    def __init__(self, console: Console, total: int) -> None:
        self._progress = Progress(
            TextColumn("sent {task.fields[sent]}/{task.total:.0f}"),
            BarColumn(),
            TextColumn("processed {task.completed:.0f}  workers {task.fields[workers]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=total, sent=0, workers=0)

    def show(self, run: RunProgress) -> None:
        """Bring the line up to date."""
        self._progress.update(self._task, completed=run.processed, sent=run.sent, workers=run.workers)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()
