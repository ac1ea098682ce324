"""How a child of the daemon ends: orderly, within a time, and surely."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from punctuald.logs import logger
from punctuald.logs.exceptions import in_one_line, line_of

from .open_files import flush_open_files
from .steps import Step, steps

END_SECONDS = 5.0
"""For everything: a supervisor's patience with a child that ends counts it."""
FILES_SECONDS = 1.0
"""Of these, what is kept for the files, whatever the steps before them are at."""

log = logger()


def end_process(status: int, leave: Callable[[int], NoReturn]) -> NoReturn:
    """Run what this process has registered for its exit, flush its files, and ``leave`` with ``status``.

    In its main thread, as Python would. Nothing of it can keep the process from ending, and nothing changes its status.
    """
    try:
        Ending(status, leave).run()
    finally:
        leave(status)


class Ending:
    """A thread beside it keeps the time: it writes the files and calls ``leave`` where the steps don't end."""

    def __init__(self, status: int, leave: Callable[[int], Any], seconds: float = END_SECONDS) -> None:
        self._status = status
        self._leave = leave
        self._seconds = seconds
        self._step = ""
        self._begun = threading.get_ident()
        self._done = threading.Event()

    def run(self, todo: Sequence[Step] | None = None) -> None:
        """Every step, whatever the others raise, and the files at the end."""
        watch = self._keep_time()
        hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        for self._step, run in steps() if todo is None else todo:
            self._try(run)
        self._flush()
        sys.unraisablehook = hook
        self._done.set()
        if watch is not None:
            watch.join()

    def _keep_time(self) -> threading.Thread | None:
        watch = threading.Thread(target=self._watch, name="end", daemon=True)
        try:
            watch.start()
        except RuntimeError:  # out of threads: then the supervisor's own patience is the limit
            return None
        return watch

    def _try(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - code of the user's
            _log_failure(self._step, error)

    def _flush(self) -> None:
        self._step = "files"
        for error in flush_open_files():
            _log_failure("files", error)

    def _unraisable(self, raised: Any) -> None:
        """What functions of atexit raise ends up here."""
        _log_failure(self._step, raised.exc_value or raised.exc_type())

    def _watch(self) -> None:
        if self._done.wait(self._seconds - FILES_SECONDS):
            return
        log.error("process.end_unfinished", step=self._step, line=self._where(), seconds=self._seconds - FILES_SECONDS)
        files = threading.Thread(target=self._flush, name="end-files", daemon=True)
        files.start()
        files.join(FILES_SECONDS)
        self._leave(self._status)

    def _where(self) -> str:
        frame = sys._current_frames().get(self._begun)
        last = traceback.extract_stack(frame, limit=1) if frame is not None else []
        return f"{last[-1].filename}:{last[-1].lineno}" if last else ""


def _log_failure(step: str, error: BaseException) -> None:
    log.error("process.end_failed", step=step, error=in_one_line(error), line=line_of(error))
