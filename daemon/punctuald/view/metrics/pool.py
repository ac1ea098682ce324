"""The pool's workers, what was decided about their number, and the processes that came and went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import Metric as Family

from punctuald.stats.figures.intervals import DecisionFigures

from .families import Row, counters, gauge, gauges, some_gauge
from .figures import DaemonFigures

Status = Mapping[str, Any]
"""The status document (`process.observer.status.document`); None in it = not known, and then there is no sample."""

STATES = ("starting", "running", "reloading", "draining")
SLOT_KINDS = ("thread", "coroutine")
WORKER_STATES = ("ready", "starting", "draining", "backing_off", "given_up")


def pool_families(figures: DaemonFigures, status: Status) -> Iterator[Family]:
    """What there is one of in a daemon."""
    pool = status["pool"]
    yield gauges("build_info", "Always 1.", ("version",), [((status["version"],), 1)])
    yield gauge("ready", "1 while min_workers workers take messages.", float(figures.is_ready))
    yield gauges("state", "1 for what the daemon is at.", ("state",), _one_of(STATES, status["state"]))
    yield some_gauge("up_seconds", "For how long the daemon has been running.", status["up_seconds"])
    yield some_gauge("generation", "How often the configuration was taken over.", status["generation"])
    yield gauge("reload_failed", "1 where the last reload was refused or undone.", float(bool(status["reload_failed"])))
    yield gauges("workers", "Workers by what they are at.", ("state",), _worker_states(pool))
    yield some_gauge("workers_wanted", "How many there should be.", pool["workers_wanted"])
    yield some_gauge("workers_target", "How many the autoscaler wants.", pool["target"])
    yield some_gauge("min_workers", "How many always run.", pool["min_workers"])
    yield some_gauge("max_workers", "How many may run.", pool["max_workers"])
    yield gauges("slots", "Messages that the ready workers handle at once.", ("kind",), _by_kind(pool, ""))
    yield gauges("busy_slots", "How many of these slots are in use now.", ("kind",), _by_kind(pool, "busy_"))
    yield from _each_worker(status["workers"])
    yield counters("starts", "Processes that came to work.", ("role",), _by_role(figures.starts))
    yield counters("deaths", "Processes that ended, or had to be killed, unasked.", ("role",), _by_role(figures.deaths))
    if figures.total.decision is not None:
        yield from _decision(figures.total.decision)


def _one_of(states: Sequence[str], state: str | None) -> list[Row]:
    return [] if state is None else [((each,), float(each == state)) for each in states]


def _worker_states(pool: Mapping[str, Any]) -> list[Row]:
    counts = {state: pool[f"workers_{state}"] for state in WORKER_STATES}
    return [((state,), count) for state, count in counts.items() if count is not None]


def _by_kind(pool: Mapping[str, Any], counted: str) -> list[Row]:
    """A share of no slots would be no number: a kind that has none is left out."""
    return [((kind,), pool[f"{counted}{kind}s"]) for kind in SLOT_KINDS if pool[f"{kind}s"]]


def _each_worker(workers: Sequence[Mapping[str, Any]]) -> Iterator[Family]:
    def known(name: str, meaning: str, field: str) -> Family:
        rows = [((str(each["worker"]),), each[field]) for each in workers if each[field] is not None]
        return gauges(name, meaning, ("worker",), rows)

    yield known("loop_lag_seconds", "How late a worker's event loop was at most, lately.", "loop_lag_seconds")
    yield known("heartbeat_age_seconds", "How long ago its last sign of life was.", "heartbeat_seconds")
    yield known("held_messages", "Messages that wait in it on purpose.", "held")
    yield known("memory_bytes", "Its proportional share of memory (PSS).", "pss_bytes")


def _decision(decision: DecisionFigures) -> Iterator[Family]:
    caps = [((guard,), cap) for guard, cap in decision.caps.items()]
    yield gauges("workers_cap", "The most that a guard allows; left out where it allows any.", ("guard",), caps)
    yield gauge(
        "short_of_workers_seconds", "For how long fewer are ready than there should be.", decision.short_seconds
    )
    yield some_gauge("head_age_seconds", "How old the oldest waiting message is.", decision.head_age_seconds)


def _by_role(counts: Mapping[str, int]) -> list[Row]:
    return [((role,), count) for role, count in counts.items()]
