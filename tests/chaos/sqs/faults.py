"""Which call a fault is done to: by rate or by script, drawn from a seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import Random
from typing import Any


class Fault(StrEnum):
    """What can be done to a call."""

    DROP = "drop"  # never reaches the queue, and is never answered
    DELAY = "delay"  # reaches the queue `seconds` later
    TRUNCATE = "truncate"  # done, and half of the answer comes before the connection ends
    RESET_BEFORE = "reset_before"  # the connection is reset; nothing was done
    RESET_AFTER = "reset_after"  # done, and then the connection is reset instead of an answer
    SILENT = "silent"  # done, and nothing ever comes on this connection again, nor is it closed
    ERROR_500 = "error_500"
    ERROR_503 = "error_503"
    THROTTLE = "throttle"
    FAILED_ENTRIES = "failed_entries"  # a share of a batch's entries fails, through no fault of the sender
    EXPIRED_HANDLES = "expired_handles"  # a share of a batch's messages loses its visibility timeout just then
    DOUBLE = "double"  # a share of an answer's messages is delivered once more (standard queues)


BEFORE_THE_EFFECT = frozenset(
    {Fault.DROP, Fault.RESET_BEFORE, Fault.ERROR_500, Fault.ERROR_503, Fault.THROTTLE, Fault.FAILED_ENTRIES}
)
"""After these, what the call asked for was not done."""

ANSWER_LOST = frozenset({Fault.TRUNCATE, Fault.RESET_AFTER, Fault.SILENT})
"""After these it was done, and the client can't know."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault, and the calls that it is done to.

    ``share`` of all calls of ``operations`` (empty: of all) between ``from_seconds`` and ``until_seconds`` after the
    plan came into force; with ``calls`` just those of an operation, numbered from 1. ``seconds`` is a delay's length;
    of a batch or an answer with many messages ``entry_share`` is concerned.
    """

    fault: Fault
    operations: tuple[str, ...] = ()
    share: float = 1.0
    calls: tuple[int, ...] = ()
    from_seconds: float = 0.0
    until_seconds: float = math.inf
    seconds: float = 0.3
    entry_share: float = 0.5

    def wire(self) -> dict[str, Any]:
        """For JSON, which has no infinity."""
        fields = asdict(self)
        return {name: value for name, value in fields.items() if value != math.inf}

    @classmethod
    def read(cls, wire: Mapping[str, Any]) -> Rule:
        """The way back."""
        tuples = {name: tuple(wire.get(name, ())) for name in ("operations", "calls")}
        return cls(**{**wire, **tuples, "fault": Fault(wire["fault"])})


class FaultPlan:
    """Draws a fault for each call. The same seed, rules and calls in the same order give the same faults."""

    def __init__(self, rules: Sequence[Rule], seed: int, begun_mono: float) -> None:
        self._rules = rules
        self._begun_mono = begun_mono
        self._calls: Counter[str] = Counter()
        self.random = Random(seed)  # noqa: S311 - a draw that can be repeated

    def draw(self, operation: str, now: float) -> Rule | None:
        """The first rule that strikes; None where this call is left alone."""
        self._calls[operation] += 1
        return next((rule for rule in self._rules if self._strikes(rule, operation, now - self._begun_mono)), None)

    def _strikes(self, rule: Rule, operation: str, elapsed_seconds: float) -> bool:
        if rule.operations and operation not in rule.operations:
            return False
        if rule.calls and self._calls[operation] not in rule.calls:
            return False
        due = rule.from_seconds <= elapsed_seconds < rule.until_seconds
        return due and self.random.random() < rule.share

    def strikes_entry(self, rule: Rule) -> bool:
        """Whether one entry of the call is concerned."""
        return self.random.random() < rule.entry_share
