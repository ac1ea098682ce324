"""Builds the status document: from the board, from what the supervisor said last, and from the tiers' last looks."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from punctuald import __version__
from punctuald.clock import Clock, iso_utc
from punctuald.policy.sla.violation import TierStep
from punctuald.policy.sla.windows import SlaRules
from punctuald.process.channel.operator_frames import PoolState
from punctuald.process.control.protocol import PROTOCOL
from punctuald.process.observer.sensors import Figures
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.row_reader import RowReader
from punctuald.stats.figures.intervals import Interval

from .decision_history import DecisionHistory
from .queues import QueueLimits, QueuesNow, oldest_head_seconds, queue_fields
from .tiers import tier_fields
from .worker_rates import WorkerRates
from .workers import SLOT_FIELDS, WorkerRows

PAGE_SECONDS = 1.0
"""A document that is younger is given again, whoever asks."""
YOUNG_SECONDS = 2.0
"""An interval that began less than that ago says too little: the one before it is shown instead."""
_SHOWN_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change while an observer lives. ``config``: the file's path. ``limits``: by queue. ``downs``: the
    queues whose downstream is away now."""

    config: str
    thresholds: Mapping[str, float]
    rules: SlaRules
    queues: tuple[str, ...]
    limits: Callable[[str], QueueLimits]
    downs: Callable[[], Sequence[str]]


class StatusDocument:
    """``read`` gives a document that is a second old at most. ``figures`` are its own (see `Sensors`)."""

    def __init__(
        self,
        facts: Facts,
        rows: ActiveRows[RowReader],
        figures: Figures,
        decisions: DecisionHistory,
        clock: Clock,
        begun_mono: float,
    ) -> None:
        self._facts = facts
        self._rows = rows
        self._rates = WorkerRates()
        self._workers = WorkerRows(self._rates)
        self._figures = figures
        self._decisions = decisions
        self._clock = clock
        self._begun_mono = begun_mono
        self._last = Interval()
        self._last_seconds = 0.0
        self._pool: PoolState | None = None
        self._steps: Callable[[], Mapping[str, TierStep]] = dict
        self._document: Mapping[str, Any] = {}
        self._built_mono = -inf
        self._snapshot = 0

    def follow(self, steps: Callable[[], Mapping[str, TierStep]]) -> None:
        """``steps`` gives what the last look at each tier came to."""
        self._steps = steps

    def pool_is(self, pool: PoolState) -> None:
        """The supervisor says how the pool stands."""
        self._pool = pool

    def reported(self, interval: Interval) -> None:
        """That interval is in the log, and the next one has begun."""
        self._last, self._last_seconds = interval, interval.read_mono - self._begun_mono
        self._begun_mono = interval.read_mono
        self._figures.follow()

    def look(self) -> None:
        """Call it each second or so: a rate needs a count from before."""
        now_mono = self._clock.mono()
        if self._rates.is_due(now_mono):
            self._rates.look(self._rows.read(), now_mono)

    def read(self) -> Mapping[str, Any]:
        """None in it = not known."""
        now_mono = self._clock.mono()
        if now_mono - self._built_mono >= PAGE_SECONDS:
            self._built_mono = now_mono
            self._snapshot += 1
            self._document = self._built(now_mono)
        return self._document

    def workers_now(self) -> list[dict[str, Any]]:
        """The workers as of this moment; not for whoever asks again and again."""
        return self._workers.read(self._rows.read(), self._pool, self._clock.mono())

    def _built(self, now_mono: float) -> Mapping[str, Any]:
        views, facts, pool = self._rows.read(), self._facts, self._pool
        workers = self._workers.read(views, pool, now_mono)
        interval, seconds = self._interval(now_mono)
        queues = self._queues_now(pool, interval, seconds)
        tiers = [
            tier_fields(tier, threshold, self._steps().get(tier), interval, facts.rules)
            for tier, threshold in facts.thresholds.items()
        ]
        return {
            "snapshot": self._snapshot,
            "protocol": PROTOCOL,
            "version": __version__,
            "utc": iso_utc(self._clock.utc()),
            "host": socket.gethostname(),
            "config": facts.config.encode(errors="backslashreplace").decode(),  # Python has paths that are no UTF-8
            **_daemon(pool, now_mono),
            "head_age_seconds": oldest_head_seconds(queues),
            "pool": _pool(pool, workers),
            "workers": workers,
            "tiers": tiers,
            "queues": queue_fields(facts.queues, facts.limits, views, queues),
            "decisions": self._decisions.newest(_SHOWN_DECISIONS),
        }

    def _interval(self, now_mono: float) -> tuple[Interval, float]:
        seconds = now_mono - self._begun_mono
        if seconds < YOUNG_SECONDS and self._last_seconds:
            return self._last, self._last_seconds
        return self._figures.read(now_mono), seconds

    def _queues_now(self, pool: PoolState | None, interval: Interval, seconds: float) -> QueuesNow:
        now_mono = self._clock.mono()
        decision = self._figures.decision(now_mono)
        return QueuesNow(
            interval,
            seconds,
            backlogs={each.queue: each.backlog for each in self._figures.queues_now()},
            head_age_seconds=None if decision is None else decision.head_age_seconds,
            pool=pool,
            downs=self._facts.downs(),
            now_mono=now_mono,
        )


def _daemon(pool: PoolState | None, now_mono: float) -> Mapping[str, Any]:
    if pool is None:
        return {"pid": None, "up_seconds": None, "generation": None, "state": None, "reload_failed": None}
    return {
        "pid": pool.pid,
        "up_seconds": round(now_mono - pool.started_mono, 3),
        "generation": pool.generation,
        "state": pool.state,
        "reload_failed": pool.reload_failed or None,
    }


_STATES = {
    "workers_ready": {"ready"},
    "workers_starting": {"starting"},
    "workers_draining": {"draining", "stopping", "killing"},
    "workers_backing_off": {"backoff"},
    "workers_given_up": {"fatal"},
}
_SAID = ("target", "scaled_to", "min_workers", "max_workers")


def _pool(pool: PoolState | None, workers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    if pool is None:
        return dict.fromkeys((*_STATES, "workers_wanted", *_SAID, *SLOT_FIELDS))
    ready = [worker for worker in workers if worker["state"] == "ready"]
    return {
        **{name: sum(worker["state"] in states for worker in workers) for name, states in _STATES.items()},
        "workers_wanted": pool.wanted,
        **{name: getattr(pool, name) for name in _SAID},
        **{name: sum(worker[name] or 0 for worker in ready) for name in SLOT_FIELDS},
    }
