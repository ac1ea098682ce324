"""When a tier is violated, and when it is good again: one state machine for each tier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from operator import sub

from punctuald.policy.delivery.miss_cause import NONE_MISSED

from .windows import History, Look, Point, SlaRules, Window, base, remembered, window


class Change(StrEnum):
    """What is to be reported."""

    NOTHING = "nothing"
    VIOLATED = "violated"
    STILL_VIOLATED = "still_violated"  # a reminder
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation that lasts: all that has to be known of it, also by a process that has seen nothing of it itself."""

    since_mono: float
    since_utc: float
    missed_before: tuple[int, ...]  # the tier's totals when it began, by `MissCause`
    worst_seconds: float
    reported_mono: float  # the last time


@dataclass(frozen=True, slots=True)
class TierState:
    """What to hand in the next time. Begins empty, or with the violation that was reported last."""

    history: History = ()
    violation: Violation | None = None
    kept_since_mono: float | None = None  # within a violation: since when there is no sign of it any more


@dataclass(frozen=True, slots=True)
class TierStep:
    """What a look came to.

    ``late``: messages since the violation began, those that are overdue now included; without one, of the fast window.
    ``late_by``: by `MissCause`, those that are not overdue any more. ``duration_seconds`` and ``since_utc`` are the
    violation's, 0.0 without one.
    """

    state: TierState
    change: Change
    fast: Window
    slow: Window
    late: int
    late_by: tuple[int, ...] = NONE_MISSED
    since_utc: float = 0.0
    duration_seconds: float = 0.0
    worst_seconds: float = 0.0

    @property
    def is_violated(self) -> bool:
        """Whether the tier is violated after this look."""
        return self.state.violation is not None


def step(state: TierState, look: Look, now_mono: float, now_utc: float, rules: SlaRules) -> TierStep:
    """Take one look into account.

    Violated: both windows use up their budget at least as fast as the objective allows, and ``fewest_late`` messages
    are late. Restored: the fast window kept the objective, and nothing was overdue, for ``restore_seconds``.
    """
    history = remembered(state.history, Point(now_mono, now_utc, look), rules)
    fast, slow = window(history, rules.fast_window_seconds), window(history, rules.slow_window_seconds)
    before = state.violation
    if before is None:
        violation = _begun(history, rules) if _is_violated(fast, slow, rules) else None
        change = Change.NOTHING if violation is None else Change.VIOLATED
        return _step(TierState(history, violation), change, fast, slow, violation)
    violation = replace(before, worst_seconds=max(before.worst_seconds, look.worst_seconds))
    kept_since_mono = _kept_since(state, look, fast, now_mono, rules)
    if kept_since_mono is not None and now_mono - kept_since_mono >= rules.restore_seconds:
        return _step(TierState(history), Change.RESTORED, fast, slow, violation)
    change = Change.NOTHING
    if now_mono - violation.reported_mono >= rules.remind_seconds:
        change, violation = Change.STILL_VIOLATED, replace(violation, reported_mono=now_mono)
    return _step(TierState(history, violation, kept_since_mono), change, fast, slow, violation)


def _is_violated(fast: Window, slow: Window, rules: SlaRules) -> bool:
    burns = min(fast.burn(rules.objective), slow.burn(rules.objective))
    return burns >= 1 and slow.late >= rules.fewest_late


def _begun(history: History, rules: SlaRules) -> Violation:
    """It began with the first message of the slow window that was late."""
    now = history[-1]
    begin = base(history, now.at_mono - rules.slow_window_seconds)
    since = [point for point in history if point.at_mono >= begin.at_mono]
    first = next(point for point in since if point.look.overdue or point.look.missed > begin.look.missed)
    worst_seconds = max(point.look.worst_seconds for point in since)
    return Violation(first.at_mono, first.at_utc, begin.look.missed_by, worst_seconds, reported_mono=now.at_mono)


def _kept_since(state: TierState, look: Look, fast: Window, now_mono: float, rules: SlaRules) -> float | None:
    if look.overdue or fast.burn(rules.objective) >= 1:
        return None
    return now_mono if state.kept_since_mono is None else state.kept_since_mono


def _step(state: TierState, change: Change, fast: Window, slow: Window, violation: Violation | None) -> TierStep:
    if violation is None:
        return TierStep(state, change, fast, slow, fast.late)
    now = state.history[-1]
    late_by = tuple(map(sub, now.look.missed_by, violation.missed_before))
    return TierStep(
        state,
        change,
        fast,
        slow,
        late=sum(late_by) + now.look.overdue,
        late_by=late_by,
        since_utc=violation.since_utc,
        duration_seconds=now.at_mono - violation.since_mono,
        worst_seconds=violation.worst_seconds,
    )
