"""How fast a tier uses up its error budget, over the last minute and over the last five.

After the multi-window burn rates of Google's SRE workbook: the slow window says that it matters, the fast one that it
still goes on.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from punctuald.policy.delivery.miss_cause import NONE_MISSED
from punctuald.policy.delivery.tiers import compliance

_FAST_POINTS = 60  # of the history lie in a fast window
MOST_POINTS = 600
"""In the whole history, however long the slow window is."""


@dataclass(frozen=True, slots=True)
class SlaRules:
    """What counts as a violation, and for how long it has to be good again.

    ``objective`` is the share of messages that must be on time, 0.5 to below 1.
    """

    objective: float
    fast_window_seconds: float = 60.0
    slow_window_seconds: float = 300.0
    restore_seconds: float = 60.0
    remind_seconds: float = 300.0
    fewest_late: int = 5

    @property
    def point_seconds(self) -> float:
        """How far apart two looks are that are both remembered."""
        return max(self.fast_window_seconds / _FAST_POINTS, self.slow_window_seconds / MOST_POINTS)


@dataclass(frozen=True, slots=True)
class Look:
    """One tier at one moment.

    ``met`` and ``missed_by``, which has a number for each `MissCause`, are totals that never go back. ``overdue``
    messages wait, or are held, past their deadline and are in no total yet: they are late already. ``worst_seconds`` is
    the longest that one of those took that were late at this look, from its origin to its acknowledgement or to now;
    0.0 = none was late.
    """

    met: int = 0
    missed_by: tuple[int, ...] = NONE_MISSED
    overdue: int = 0
    worst_seconds: float = 0.0

    @property
    def missed(self) -> int:
        """Whatever the cause."""
        return sum(self.missed_by)


@dataclass(frozen=True, slots=True)
class Point:
    """A look that is remembered."""

    at_mono: float
    at_utc: float
    look: Look


@dataclass(frozen=True, slots=True)
class Window:
    """What came to its end within one window, or waits there past its deadline now."""

    late: int
    messages: int

    def burn(self, objective: float) -> float:
        """How many times as fast as the objective allows the error budget is used up; 0.0 where nothing came."""
        return self.late / self.messages / (1 - objective) if self.messages else 0.0

    @property
    def compliance(self) -> float:
        """The share that was on time; 1.0 where nothing came."""
        return compliance(self.messages - self.late, self.late)


History = tuple[Point, ...]
"""The oldest first. It reaches back to the begin of the slow window, or to the first look."""


def remembered(history: History, now: Point, rules: SlaRules) -> History:
    """The history with ``now`` in it, as far as it is still needed. The newest point is always ``now``: one that came
    too soon after the one before it takes the place of that one at the next look."""
    begin_mono = now.at_mono - rules.slow_window_seconds
    kept = history
    while len(kept) > 1 and kept[1].at_mono <= begin_mono:
        kept = kept[1:]
    if len(kept) > 1 and kept[-1].at_mono - kept[-2].at_mono < rules.point_seconds:
        worst_seconds = max(kept[-1].look.worst_seconds, now.look.worst_seconds)
        return (*kept[:-1], replace(now, look=replace(now.look, worst_seconds=worst_seconds)))
    return (*kept, now)


def window(history: History, seconds: float) -> Window:
    """What happened in the last ``seconds`` before the newest point; in less, where the history is shorter."""
    now = history[-1]
    begin = base(history, now.at_mono - seconds).look
    late = now.look.missed - begin.missed + now.look.overdue
    return Window(late, late + now.look.met - begin.met)


def base(history: History, begin_mono: float) -> Point:
    """The last point at or before ``begin_mono``, or the first one there is."""
    after = bisect_right(history, begin_mono, key=lambda point: point.at_mono)
    return history[max(0, after - 1)]
