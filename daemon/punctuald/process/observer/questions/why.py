"""Answers `why`: the decision in force, now or at a time within the last hour, and what else stands in the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from punctuald.clock import iso_utc
from punctuald.process.control.server import Reply
from punctuald.process.observer.status.decision_history import DecisionHistory


class Why:
    """``status`` gives the status document."""

    def __init__(self, decisions: DecisionHistory, status: Callable[[], Mapping[str, Any]]) -> None:
        self._decisions = decisions
        self._status = status

    def answer(self, arguments: Mapping[str, Any], reply: Reply) -> None:
        """``at_utc``: seconds since the epoch; without it, now."""
        at_utc = arguments.get("at_utc")
        if unknown := sorted(arguments.keys() - {"at_utc"}):
            reply.refuse(f"{unknown[0][:40]}: nothing of that name is known here")
            return
        if at_utc is not None and (type(at_utc) not in {int, float} or not math.isfinite(at_utc)):
            reply.refuse("at_utc: must be seconds since the epoch, or null for now")
            return
        decision = self._decisions.in_force(at_utc)
        if decision is None:
            reply.refuse(self._none(at_utc))
            return
        made = {"utc": iso_utc(decision.at_utc), "fields": decision.fields}
        reply.answer({"decision": made, **({} if at_utc is not None else self._now())})

    def _none(self, at_utc: float | None) -> str:
        earliest_utc = self._decisions.earliest_utc
        if at_utc is None or earliest_utc is None:
            return "the autoscaler has said nothing yet"
        return f"nothing is remembered from before {iso_utc(earliest_utc)}; the log has it: --log FILE"

    def _now(self) -> Mapping[str, Any]:
        status = self._status()
        return {name: status.get(name) for name in ("state", "reload_failed", "pool", "tiers", "queues")}
