"""How the lines of a screen are shared among its sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHORTEST = 2
"""A title alone says nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A section would fill ``lines``, its title included. Where there are too few, its part goes by ``weight``."""

    lines: int
    weight: int


def share_lines(claims: Sequence[Claim], lines: int) -> list[int]:
    """How many each gets, as many as it would fill at most. A section that would have but its title gets none; of
    several such it is the last one, and then it is looked again whether the others have enough."""
    given = _by_weight(claims, lines)
    short = [at for at, claim in enumerate(claims) if claim.lines and given[at] < min(SHORTEST, claim.lines)]
    if not short:
        return given
    without = [Claim(0, claim.weight) if at == short[-1] else claim for at, claim in enumerate(claims)]
    return share_lines(without, lines)


def _by_weight(claims: Sequence[Claim], lines: int) -> list[int]:
    given = [0] * len(claims)
    for _ in range(min(lines, sum(claim.lines for claim in claims))):
        short = [at for at, claim in enumerate(claims) if given[at] < claim.lines]
        given[min(short, key=lambda at: given[at] / claims[at].weight)] += 1
    return given
