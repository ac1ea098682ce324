"""A status document over a real board, scripted figures and a clock of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubles.process.pool_states import pool_state
from doubles.stats.scripted_figures import ScriptedFigures
from punctuald.clock import ManualClock
from punctuald.policy.sla.violation import TierState, TierStep, step
from punctuald.policy.sla.windows import Look, SlaRules
from punctuald.process.observer.status.decision_history import DecisionHistory
from punctuald.process.observer.status.document import Facts, StatusDocument
from punctuald.process.observer.status.queues import QueueLimits
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_writer import RowWriter

RULES = SlaRules(objective=0.99)
PID = 4713


class StatusBench:
    """Queues «orders» and «invoices», tier «peak» of three seconds, and a pool of one worker that is ready.

    What a test changes counts from the next `read` on, which comes a second later.
    """

    def __init__(self, **facts: Any) -> None:
        self.clock = ManualClock()
        self.board = Board(
            Layout(queues=("orders", "invoices"), tiers=("peak",), handler_slots=4, workers=4, coroutines=3)
        )
        self.figures = ScriptedFigures()
        self.decisions = DecisionHistory(self.clock)
        self.steps: dict[str, TierStep] = {}
        self.downs: list[str] = []
        said: dict[str, Any] = {
            "config": "/etc/punctuald/config.toml",
            "thresholds": {"peak": 3.0},
            "rules": RULES,
            "queues": ("orders", "invoices"),
            "limits": lambda _: QueueLimits(),
            "downs": lambda: self.downs,
        }
        self.status = StatusDocument(
            Facts(**{**said, **facts}),
            ActiveRows([self.board], lambda view: view),
            self.figures,
            self.decisions,
            self.clock,
            self.clock.mono(),
        )
        self.status.follow(lambda: self.steps)

    def worker(self, index: int = 0, pid: int = PID, *, slots: int = 4) -> RowWriter:
        """One that has just taken over its row."""
        row = self.board.writer(index)
        row.attach(pid, self.clock.mono())
        row.slots(slots)
        return row

    def pool(self, **changes: Any) -> None:
        """The supervisor says so."""
        self.status.pool_is(pool_state(**changes))

    def look(self, look: Look) -> None:
        """At tier «peak»."""
        before = self.steps["peak"].state if self.steps else TierState()
        self.steps["peak"] = step(before, look, self.clock.mono(), self.clock.utc(), RULES)

    def read(self, seconds: float = 1.0) -> Mapping[str, Any]:
        """The document, so long from now."""
        self.clock.advance(seconds)
        self.status.look()
        return self.status.read()

    def queue(self, name: str = "orders") -> Mapping[str, Any]:
        """Its part of the next document."""
        [found] = [each for each in self.read()["queues"] if each["queue"] == name]
        return dict(found)
