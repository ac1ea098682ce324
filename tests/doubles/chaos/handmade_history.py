"""Hand-made history for the chaos verdict: what the server and the handlers would have written, in a few words."""

from __future__ import annotations

from typing import Any

from chaos.ledger.events import History, Kind, QueueEvent, Run, RunEnd
from chaos.ledger.verdict import Terms, Verdict, judge

QUEUE, DEAD_LETTERS = "orders", "orders-dlq"
WORKER, OTHER_WORKER = 11, 22
LATE_AFTER_SECONDS = 10.0


class HandmadeHistory:
    """Told in the order of time; each call returns the object, so that a story reads as one line."""

    def __init__(self) -> None:
        self._events: list[QueueEvent] = []
        self._runs: list[Run] = []
        self._killed_mono: dict[int, float] = {}
        self._receives: dict[str, int] = {}

    def sent(self, message: str, mono: float = 0.0, group: str | None = None) -> HandmadeHistory:
        return self._recorded(mono, Kind.SENT, message, body=message, group=group)

    def received(
        self, message: str, mono: float, pid: int | None = WORKER, *, doubled: bool = False
    ) -> HandmadeHistory:
        self._receives[message] = self._receives.get(message, 0) + 1
        handle = f"{message}/{self._receives[message]}"
        return self._recorded(mono, Kind.RECEIVED, message, handle=handle, pid=pid, doubled=doubled)

    def ran(
        self, message: str, begin_mono: float, end_mono: float, pid: int = WORKER, end: RunEnd = RunEnd.OK
    ) -> HandmadeHistory:
        self._runs.append(Run(message, pid, begin_mono, end_mono, end))
        return self

    def began(self, message: str, mono: float, pid: int = WORKER) -> HandmadeHistory:
        """A run that has no end."""
        self._runs.append(Run(message, pid, mono))
        return self

    def deleted(self, message: str, mono: float, pid: int = WORKER) -> HandmadeHistory:
        return self._recorded(mono, Kind.DELETED, message, pid=pid)

    def expired(self, message: str, mono: float) -> HandmadeHistory:
        return self._recorded(mono, Kind.EXPIRED, message)

    def released(self, message: str, mono: float) -> HandmadeHistory:
        return self._recorded(mono, Kind.VISIBILITY_CHANGED, message, seconds=0)

    def redriven(self, message: str, mono: float) -> HandmadeHistory:
        return self._recorded(mono, Kind.REDRIVEN, message)

    def abandoned(self, message: str, mono: float) -> HandmadeHistory:
        return self._recorded(mono, Kind.ABANDONED, message)

    def copied(self, message: str, mono: float, reason: str = "it said Reject") -> HandmadeHistory:
        self._events.append(QueueEvent(mono, Kind.SENT, DEAD_LETTERS, f"{message}'", body=message, reason=reason))
        return self

    def faulted(self, message: str, mono: float, operation: str, fault: str, pid: int | None = None) -> HandmadeHistory:
        return self._recorded(mono, Kind.FAULTED, message, operation=operation, detail=fault, pid=pid)

    def killed(self, pid: int, mono: float) -> HandmadeHistory:
        self._killed_mono[pid] = mono
        return self

    def handled(self, message: str, mono: float, pid: int = WORKER) -> HandmadeHistory:
        """Received, run and deleted, all within a second."""
        received = self.received(message, mono, pid)
        return received.ran(message, mono + 0.1, mono + 0.2, pid).deleted(message, mono + 0.3, pid)

    def verdict(self, *, must_drain: bool = True, all_handled: bool = False) -> Verdict:
        history = History(QUEUE, DEAD_LETTERS, self._events, self._runs, self._killed_mono)
        return judge(history, Terms(LATE_AFTER_SECONDS, must_drain, all_handled))

    def _recorded(self, mono: float, kind: Kind, message: str, **fields: Any) -> HandmadeHistory:
        self._events.append(QueueEvent(mono, kind, QUEUE, message, **fields))
        return self
