"""Whether handlers fail more often than their owner bears, and not just by chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

CHANCE = 0.001
"""A pool that fails exactly as often as it may is taken for one that fails more in so many of a thousand windows."""

NEGLIGIBLE = 1e-9  # of the sum: terms so small change no verdict


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Handlers that ended within the last ``seconds``, however they did, and how many of them ``failed``."""

    failed: int = 0
    ended: int = 0
    seconds: float = 0.0

    @property
    def share(self) -> float | None:
        """Failed among ended, 0 to 1; None where none ended."""
        return self.failed / self.ended if self.ended else None

    def surely_above(self, limit: float) -> bool:
        """Whether the true share is over ``limit`` (0 to 1), whatever chance does to a few handlers.

        So it is where the exact lower confidence bound of the share is over the limit (C. J. Clopper, E. S. Pearson:
        The use of confidence or fiducial limits, Biometrika 26, 1934): at ``limit``, so many failures or more would
        come with a probability below `CHANCE`. Wilson's bound is no good here: one failure of one handler passes it.
        """
        if self.failed <= limit * self.ended:
            return False
        return at_least_probability(self.failed, self.ended, limit) < CHANCE


def at_least_probability(failed: int, ended: int, share: float) -> float:
    """Of ``failed`` or more failures among ``ended`` handlers that fail independently, each with probability ``share``.

    ``failed`` is above the mean, ``share`` x ``ended``: each term is smaller than the one before it, so few are summed.
    """
    if share <= 0 or share >= 1:
        return float(share >= 1 or failed == 0)
    chances = lgamma(ended + 1) - lgamma(failed + 1) - lgamma(ended - failed + 1)
    term = exp(chances + failed * log(share) + (ended - failed) * log(1 - share))
    total = 0.0
    while term > NEGLIGIBLE * total:
        total += term
        term *= (ended - failed) / (failed + 1) * share / (1 - share)
        failed += 1
    return total
