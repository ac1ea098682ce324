"""Generations of settings of which little matters but what a test says."""

from __future__ import annotations

from punctuald.policy.pool.fleet import FleetRules
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

RULES = FleetRules(
    drain_timeout_seconds=30,
    fast_timeout_seconds=10,
    backoff_initial_seconds=0.5,
    backoff_max_seconds=30,
    young_death_seconds=5,
    fatal_after_young_deaths=3,
    heartbeat_timeout_seconds=20,
)
BOARD = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=1, workers=2))


def generation(
    board: Board,
    child_main: ChildMain = lambda _: 0,
    *,
    number: int = 1,
    rules: FleetRules = RULES,
    min_workers: int = 1,
    max_workers: int = 1,
) -> Generation:
    """One whose children, whatever their part, all live as ``child_main`` says."""
    return Generation(
        number,
        rules,
        min_workers,
        max_workers,
        board,
        (board,),
        worker_main=lambda _index: child_main,
        autoscaler_main=lambda _target: child_main,
        observer_main=lambda: child_main,
        apply_logging=lambda: None,
    )


def numbered(number: int, *, min_workers: int = 1) -> Generation:
    """Generation ``number``, of which nothing else matters."""
    return generation(BOARD, number=number, min_workers=min_workers, max_workers=2)
