"""Which messages have a line in the log, where only a share of them is to have one."""

from __future__ import annotations

from math import floor, inf, log1p

LEAST_SHARE = 1e-12
"""One line in a thousand days of ten thousand messages a second; below that a float can't hold the formula's result."""


def gap(share: float, drawn: float) -> float:
    """How many messages until the next that is logged: 1 = the very next one, infinity = none.

    ``share`` (0 to 1) of the messages are logged, each with the same chance, independently of those before. So the gap
    has a geometric distribution, and one random number ``drawn`` from 0 to 1 (without 1) decides it: ``floor(ln(1 -
    drawn) / ln(1 - share))`` messages are passed over (Devroye, Non-Uniform Random Variate Generation, X.2).
    """
    if share >= 1:
        return 1.0
    return 1.0 + floor(log1p(-drawn) / log1p(-share)) if share > LEAST_SHARE else inf
