"""Which messages have a line in the log, where only a share of them shall."""

from __future__ import annotations

from math import floor, inf, log1p

LEAST_SHARE = 1e-12
"""One line in a thousand days of ten thousand messages a second; below, the formula runs out of numbers."""


def gap(share: float, drawn: float) -> float:
    """How many messages until the next that is logged: 1 = the very next one, infinity = none.

    ``share`` (0 to 1) of them are logged, each with the same chance, whatever became of those before. So the gap is
    geometric, and one number ``drawn`` from 0 to 1 (without 1) decides a whole row of them: ``floor(ln(1 - drawn) /
    ln(1 - share))`` are passed over (Devroye, Non-Uniform Random Variate Generation, X.2).
    """
    if share >= 1:
        return 1.0
    return 1.0 + floor(log1p(-drawn) / log1p(-share)) if share > LEAST_SHARE else inf
