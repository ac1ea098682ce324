"""A generation of settings of which nothing matters but its number."""

from __future__ import annotations

from punctuald.policy.pool.fleet import FleetRules
from punctuald.process.supervisor.generation import Generation
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

RULES = FleetRules(30, 10, 1, 30, 5, 3, 20)
BOARD = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=1, workers=2))


def numbered(number: int, *, min_workers: int = 1) -> Generation:
    """Generation ``number``."""
    return Generation(number, RULES, min_workers, 2, BOARD, (BOARD,), lambda _: lambda _: 0, lambda _: 0, lambda: None)
