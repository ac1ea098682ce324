"""What the last ten minutes' bursts teach: workers to keep so that the next one is met, and how far rates run ahead.

A burst is met if what arrives within ``tau`` seconds has started ``tau + slack`` after its first message. Until
``lead = tick + start`` only those work who were kept, from then on all that may be ordered, the ``reinforced`` pool:

    kept x min(lead, tau + slack) + reinforced x max(0, tau + slack - lead)  >=  burst / rate of one worker

The prototype that this law came from left the reinforcements out. It then keeps up to three times the workers after any
change of level, and hardly more of the threshold, where workers start in a second.

That takes work for a fluid. A message of a handler that takes longer than ``tau + slack`` needs one slot to start in,
however long it runs then: no more are kept than have a slot for each, beside those that run already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor

from punctuald.model import Arrivals

LEARNT_SECONDS = 600
RELEARN_SECONDS = 5.0  # going through 600 counts costs as much as all the rest of a decision
SURGE_SHARE = 0.99  # of the moments
RATE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Bursts:
    """``worst``: (seconds, the most messages that were sent within so many).

    ``surge``: by how much what came in during a lead outran what the rate before it, spread over lead and slack, had
    led to expect; 1 or more. Begins with nothing learnt.
    """

    learnt_mono: float = float("-inf")
    worst: tuple[tuple[int, int], ...] = ()
    surge: float = 1.0


def learn(before: Bursts, arrivals: Arrivals, head_utc: float, now_mono: float, lead: float, slack: float) -> Bursts:
    """`Bursts` as of now, learnt anew each few seconds. ``lead``: seconds until a worker ordered at need is ready."""
    if now_mono - before.learnt_mono < RELEARN_SECONDS:
        return before
    counts = _by_second(arrivals, floor(head_utc))
    worst = tuple((tau, max(_sums(counts, tau), default=0)) for tau in _spans(ceil(lead)))
    return Bursts(now_mono, worst, _surge(counts, ceil(lead), slack) if lead > slack else 1.0)


def workers_to_keep(
    bursts: Bursts,
    lead: float,
    slack: float,
    rate_of_one: float,
    reinforced: int,
    *,
    slots_per_worker: float,
    running: float,
) -> float:
    """Workers that meet the worst burst learnt, if there are up to ``reinforced`` in all from ``lead`` on. As many as
    ``running`` are at what came before it."""
    kept = (
        min(_kept(burst, lead, slack, rate_of_one, reinforced), running + burst[1] / slots_per_worker)
        for burst in bursts.worst
    )
    return max(kept, default=0.0)


def _kept(burst: tuple[int, int], lead: float, slack: float, rate_of_one: float, reinforced: int) -> float:
    tau, messages = burst
    work = messages / rate_of_one  # in worker-seconds
    alone = work / (tau + slack)
    helped = (work - reinforced * max(0.0, tau + slack - lead)) / min(lead, tau + slack)
    return max(0.0, min(alone, helped))


def _spans(longest: int) -> list[int]:
    """1, 2, 4 … and the longest: bursts in between are no worse than the next span says."""
    return sorted({longest, *(2**power for power in range(10) if 2**power < longest)})


def _by_second(arrivals: Arrivals, end: int) -> list[int]:
    """Counts of the seconds before ``end``, the silent ones too."""
    if not arrivals:
        return []
    begin = max(arrivals[0][0], end - LEARNT_SECONDS)
    counts = [0] * max(0, end - begin)
    for second, count in arrivals:
        if begin <= second < end:
            counts[second - begin] = count
    return counts


def _sums(counts: Sequence[int], span: int) -> list[int]:
    total = [0, *accumulate(counts)]
    return [total[place + span] - total[place] for place in range(len(counts) - span + 1)]


def _surge(counts: Sequence[int], lead: int, slack: float) -> float:
    before = _sums(counts, RATE_SECONDS)
    after = _sums(counts, lead)[RATE_SECONDS:]
    shares = sorted(
        came / (had / RATE_SECONDS * (lead + slack)) for had, came in zip(before, after, strict=False) if had
    )
    return max(1.0, shares[floor(SURGE_SHARE * (len(shares) - 1))]) if shares else 1.0
