"""The pool's workers, what was decided about their number, and the processes that came and went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import Metric as Family

from punctuald.stats.figures.daemon.daemon_figures import DaemonFigures
from punctuald.stats.figures.daemon.worker_figures import WorkerFigures
from punctuald.stats.figures.intervals import DecisionFigures

from .facts import Facts
from .families import Row, counters, gauge, gauges


def pool_families(figures: DaemonFigures, facts: Facts) -> Iterator[Family]:
    """Of workers that live, and of all processes that ever came to work."""
    yield gauges("build_info", "Always 1.", ("version",), [((facts.version,), 1)])
    yield gauge("ready", "1 while min_workers workers take messages.", float(facts.ready))
    yield gauge("min_workers", "Workers that always run.", facts.min_workers)
    yield gauge("max_workers", "Workers that the autoscaler may start.", facts.max_workers)
    yield from _workers(figures.workers)
    yield from _each_worker(figures.workers)
    yield counters("starts", "Processes that came to work.", ("role",), _by_role(figures.starts))
    yield counters("deaths", "Processes that ended, or had to be killed, unasked.", ("role",), _by_role(figures.deaths))
    if figures.total.decision is not None:
        yield from _decision(figures.total.decision)


def _workers(workers: Sequence[WorkerFigures]) -> Iterator[Family]:
    ready = [each for each in workers if each.is_ready]
    states = {"ready": len(ready), "not_ready": len(workers) - len(ready)}
    yield gauges("workers", "Those that take messages, and others.", ("state",), [((s,), n) for s, n in states.items()])
    yield gauge("slots", "Messages that the ready workers handle at once.", sum(each.slots for each in ready))
    yield gauge("busy_slots", "How many of these slots are in use now.", sum(each.busy_slots for each in ready))
    yield gauge("held_messages", "Messages that wait in workers on purpose.", sum(each.held for each in workers))


def _each_worker(workers: Sequence[WorkerFigures]) -> Iterator[Family]:
    """After a reload two can have one index: then the newer one is shown."""
    by_index = {str(each.worker): each for each in workers}
    yield gauges(
        "loop_lag_seconds",
        "How late a worker's event loop was at most, lately.",
        ("worker",),
        [((index,), each.loop_lag_seconds) for index, each in by_index.items()],
    )
    yield gauges(
        "heartbeat_age_seconds",
        "How long ago a worker showed its last sign of life.",
        ("worker",),
        [((index,), each.heartbeat_seconds) for index, each in by_index.items()],
    )


def _decision(decision: DecisionFigures) -> Iterator[Family]:
    yield gauge("workers_wanted", "What the autoscaler decided last.", decision.workers)
    caps = [((guard,), cap) for guard, cap in decision.caps.items()]
    yield gauges("workers_cap", "The most that a guard allows; left out where it allows any.", ("guard",), caps)
    yield gauge(
        "short_of_workers_seconds", "For how long fewer are ready than there should be.", decision.short_seconds
    )
    if decision.head_age_seconds is not None:
        yield gauge(
            "head_age_seconds", "How old the oldest waiting message is, of all sources.", decision.head_age_seconds
        )


def _by_role(counts: Mapping[str, int]) -> list[Row]:
    return [((role,), count) for role, count in counts.items()]
