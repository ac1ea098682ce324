"""What a long run says of each of its parts, and of all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol

from peers.log.phases import PhaseFigures, takeovers
from peers.log.verdict import Verdict

MOST_CHARGES = 10
"""Of a part, that are shown."""


class Came(Protocol):
    """What came of a part."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def phases(self) -> Sequence[PhaseFigures]: ...


class Report:
    """``add`` each part when it has ended, then `end`."""

    def __init__(self) -> None:
        self._charged = 0
        self._phases: list[PhaseFigures] = []

    def add(self, name: str, came: Came) -> None:
        """Print it."""
        charges = came.verdict.charges
        self._charged += len(charges)
        self._phases += came.phases
        shown = "\n    ".join(f"{each.kind}: {each.text}" for each in charges[:MOST_CHARGES])
        sys.stdout.write(f"{name}: {came}\n    {shown}\n")
        sys.stdout.flush()

    def end(self) -> int:
        """Print what is to be said of all; the exit status."""
        sys.stdout.write(takeovers(self._phases))
        return 1 if self._charged else 0
