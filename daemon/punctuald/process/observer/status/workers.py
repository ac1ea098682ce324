"""The workers' part of the status document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from punctuald.policy.pool.handler_slots import HandlerKind
from punctuald.process.channel.operator_frames import PoolState
from punctuald.stats.board.row_reader import RowReader

from .worker_rates import WorkerRates, handled_by

PSS_SECONDS = 10.0
"""The kernel walks all pages of a process to say its share of memory: so often at most."""
MOST_WALKS = 16
"""And of so many processes a page: the observer has other things to do."""


SLOT_FIELDS = ("busy_slots", "slots", "busy_threads", "threads", "busy_coroutines", "coroutines")
"""Of a worker, and added up of the pool."""


class WorkerRows:
    """Remembers how much memory each had: that is read now and then only."""

    def __init__(self, rates: WorkerRates) -> None:
        self._rates = rates
        self._walks_left = 0
        self._pss: dict[int, tuple[float, int | None]] = {}  # by pid: when, and bytes

    def read(self, views: Sequence[RowReader], pool: PoolState | None, now_mono: float) -> list[dict[str, Any]]:
        """Each worker that the supervisor has, or is to start again."""
        self._walks_left = MOST_WALKS
        by_pid = {view.pid: view for view in views if view.is_worker and view.pid}
        processes = [] if pool is None else [each for each in pool.processes if each[0] == "worker"]
        rows = [self._row(process, by_pid.get(process[2]), now_mono) for process in processes]
        pids = {process[2] for process in processes}
        self._pss = {pid: pss for pid, pss in self._pss.items() if pid in pids}
        return rows

    def _row(
        self, process: tuple[str, int, int, str, int, float], view: RowReader | None, now_mono: float
    ) -> dict[str, Any]:
        _, index, pid, state, generation, spawned_mono = process
        return {
            "worker": index,
            "pid": pid or None,
            "state": state,
            "generation": generation,
            "up_seconds": round(now_mono - spawned_mono, 3) if pid else None,
            "pss_bytes": self._pss_bytes(pid, now_mono) if pid else None,
            **(_NOTHING if view is None else self._said(view, now_mono)),
        }

    def _said(self, view: RowReader, now_mono: float) -> dict[str, Any]:
        heartbeat_mono, handled = view.heartbeat_mono, handled_by(view)
        return {
            "heartbeat_seconds": None if heartbeat_mono is None else round(max(0.0, now_mono - heartbeat_mono), 3),
            "loop_lag_seconds": None if heartbeat_mono is None else view.loop_lag_seconds,
            **_slots(view),
            "held": view.held_messages,
            "handled": handled,
            "handled_per_second": self._rates.per_second(view.pid, handled, now_mono),
            "running": [_running(view, each, now_mono) for each in view.running()],
        }

    def _pss_bytes(self, pid: int, now_mono: float) -> int | None:
        read_mono, known = self._pss.get(pid, (None, None))
        is_due = read_mono is None or now_mono - read_mono >= PSS_SECONDS
        if is_due and self._walks_left:
            self._walks_left -= 1
            known = _pss_of(pid)
            self._pss[pid] = now_mono, known
        return known


_NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(("heartbeat_seconds", "loop_lag_seconds", *SLOT_FIELDS, "held", "handled")),
    "handled_per_second": None,
    "running": (),
}
"""Of a process that has not taken over its row yet, and where there is none."""


def _slots(view: RowReader) -> dict[str, Any]:
    uses = view.slot_uses()
    threads, coroutines = uses[HandlerKind.FUNCTION], uses[HandlerKind.COROUTINE]
    counts = (sum(use.busy for use in uses), sum(use.slots for use in uses), *threads, *coroutines)
    fields = dict(zip(SLOT_FIELDS, counts, strict=True))
    if fields["slots"]:
        return fields
    return {**dict.fromkeys(SLOT_FIELDS), "busy_slots": fields["busy_slots"]}  # it has not said yet how many it has


def _running(view: RowReader, running: Any, now_mono: float) -> dict[str, Any]:
    return {
        "slot": running.slot,
        "queue": view.layout.queues[running.queue],
        "message_id": running.message,
        "seconds": round(max(0.0, now_mono - running.started_mono), 3),
    }


def _pss_of(pid: int) -> int | None:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        kilobytes = next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
    except (OSError, StopIteration):  # gone meanwhile, or a kernel without it
        return None
    return int(kilobytes) * 1024
