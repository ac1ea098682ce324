"""A generation of settings of which nothing matters but its number."""

from __future__ import annotations

from punctuald.policy.pool.fleet import FleetRules
from punctuald.process.supervisor.generation import ChildMain, Generation
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

RULES = FleetRules(30, 10, 1, 30, 5, 3, 20)
BOARD = Board(Layout(queues=("orders",), tiers=("peak_hours",), handler_slots=1, workers=2))


def numbered(number: int, *, min_workers: int = 1) -> Generation:
    """Generation ``number``."""

    def child_main(_number: int) -> ChildMain:
        return lambda _: 0

    def observer_main() -> ChildMain:
        return child_main(0)

    return Generation(
        number, RULES, min_workers, 2, BOARD, (BOARD,), child_main, child_main, observer_main, lambda: None
    )
