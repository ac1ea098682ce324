"""Two contenders run at the same time and take turns: one works while the other is stopped.

The machine's mood changes by the second (neighbours, caches, clock rate), so two programs measured one after the other
differ by it. Neighbouring turns do not, or hardly: each pair of them gives one ratio. Who begins changes from pair to
pair, which cancels what drifts.

**The first moments of a turn do not count.** To its clock a stopped program has slept through a second: handlers seem
to have taken that long, timers are overdue, all answers that were under way lie in the sockets for nothing, and caches
are the other's. Nobody's production looks so. It is given `Rules.settle_seconds` to get over it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.pairs.ratios import Pair, Reading, Tally, Turn
from benchmarks.processes.consumer import Consumer, ConsumerError


@dataclass(frozen=True, slots=True)
class Rules:
    """How long it goes on: ``seconds`` in all, both contenders' turns together."""

    seconds: float = 30.0
    turn_seconds: float = 1.0
    settle_seconds: float = 0.15
    warm_seconds: float = 2.0

    @property
    def pairs(self) -> int:
        """Pairs of turns."""
        return max(1, round(self.seconds / (2 * self.turn_seconds)))


@dataclass(frozen=True, slots=True)
class Contender:
    """A running consumer, and who counts its messages."""

    name: str
    consumer: Consumer
    tally: Callable[[], Tally]

    def read(self) -> Reading:
        """As of now, while it runs: the scheduler's account is up to date to the nanosecond."""
        return Reading(self.tally(), time.monotonic(), self.consumer.tree.cpu_seconds())


def take_turns(ours: Contender, theirs: Contender, rules: Rules) -> Sequence[Pair]:
    """Both must be stopped, and are again afterwards. Raises `ConsumerError` if one does nothing in a turn, or ends."""
    pairs = []
    for number in range(rules.pairs):
        if number % 2 == 0:
            own = _turn(ours, rules)
            pairs.append(Pair(own, _turn(theirs, rules)))
        else:
            other = _turn(theirs, rules)
            pairs.append(Pair(_turn(ours, rules), other))
    return pairs


def _turn(contender: Contender, rules: Rules) -> Turn:
    contender.consumer.tree.go_on()
    time.sleep(rules.settle_seconds)
    begin = contender.read()
    time.sleep(rules.turn_seconds - rules.settle_seconds)
    turn = Turn(begin, contender.read())
    contender.consumer.tree.stop()
    contender.consumer.check_alive()
    if turn.messages == 0 or turn.cpu_share == 0:
        raise ConsumerError(f"{contender.name} did nothing in a turn: {contender.consumer.last_words()}")
    return turn
