"""What a worker that has just been forked imports, and a line about it where that takes long."""

from __future__ import annotations

from punctuald.logs import logger
from punctuald.policy.pool.fleet import PoolSlot
from punctuald.policy.pool.slow_import import Import, is_worth_a_line
from punctuald.process.channel.frames import Importing

log = logger()


class ImportWatch:
    """Of one process. One line at most: the second would come shortly before it is killed, which has lines too."""

    def __init__(self) -> None:
        self._import: Import | None = None
        self._is_logged = False

    @property
    def handler(self) -> str:
        """What it said last that it imports; "" for nothing."""
        return self._import.handler if self._import else ""

    def began(self, frame: Importing, now_mono: float) -> None:
        """It says so."""
        self._import = Import(frame.queue, frame.handler, now_mono)

    def ended(self) -> None:
        """It shows signs of life, so it has imported everything."""
        self._import = None

    def look(self, slot: PoolSlot, pid: int, now_mono: float, heartbeat_timeout_seconds: float) -> None:
        """To be called now and then while it is silent."""
        importing = self._import
        if importing is None or self._is_logged:
            return
        if is_worth_a_line(slot.spawned_mono, now_mono, heartbeat_timeout_seconds):
            self._is_logged = True
            log.warning(
                "handler.import_slow",
                worker=slot.index,
                pid=pid,
                queue=importing.queue,
                handler=importing.handler,
                seconds=round(now_mono - importing.since_mono, 1),
                killed_after_seconds=heartbeat_timeout_seconds,
            )
