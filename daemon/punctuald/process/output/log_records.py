"""The standard library's `logging` in handlers, as long as the application does not configure it itself."""

from __future__ import annotations

import logging
from collections.abc import Callable

from punctuald.policy.log_lines.records import is_chatter

TakeRecord = Callable[[logging.LogRecord, str], None]
"""Called with a record and its message."""


class LastResort(logging.Handler):
    """Stands where `logging` has a handler that prints warnings as bare text.

    That one is asked only where no other handler is. So any configuration of the application's,
    `logging.basicConfig()` included, wins as a whole.
    """

    def __init__(self, take: TakeRecord) -> None:
        super().__init__()
        self._take = take

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """None: what takes records needs no lock, and a handler may fork while another thread holds one."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """As `logging.Handler.handle`, without a lock."""
        if self.filter(record) and not is_chatter(record.name, record.levelno):
            self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises; a record that can't be put into words is shown as `logging` shows it, on stderr."""
        try:
            self._take(record, record.getMessage())
        except Exception:  # noqa: BLE001 - its arguments are the user's
            self.handleError(record)


def take_log_records(take: TakeRecord, level: str) -> None:
    """From now on. ``level`` is the least that a logger without a level of its own makes records of, unless handlers
    that were imported before the fork have set one."""
    logging.lastResort = LastResort(take)
    root = logging.getLogger()
    if root.level == logging.WARNING and not root.handlers:
        root.setLevel(level.upper())
