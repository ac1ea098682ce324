"""Says when a tier is violated and when it is good again: to the log, and to the command of `[sla] on_change`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from punctuald.clock import Clock, iso_utc
from punctuald.logs import logger
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.response import Sight, blamed, doing
from punctuald.policy.sla.violation import Change, TierState, TierStep, step
from punctuald.policy.sla.windows import Point, SlaRules
from punctuald.process.channel.frames import OnTime
from punctuald.stats.board.tables.looks import Looks
from punctuald.stats.board.tables.observer_words import ObserverWords

from .sensors import TierSight

log = logger()

_DIGITS = 6


class Seen(Protocol):
    """See `Sensors`."""

    def looks(self) -> Mapping[str, TierSight]:
        """Of all tiers."""
        ...

    def worst_now(self, tier: str) -> float:
        """The longest that a late message took since the last interval."""
        ...

    def sight(self, seen: TierSight) -> Sight:
        """What else there is to see."""
        ...


class SlaWatch:
    """Looks at all tiers once a second. ``on_change`` is given each event that is no reminder."""

    def __init__(
        self,
        sensors: Seen,
        *,
        threshold_seconds: Mapping[str, float],
        rules: SlaRules,
        words: ObserverWords,
        looks: Looks,
        clock: Clock,
        on_change: Callable[[Mapping[str, object]], None],
    ) -> None:
        self._sensors = sensors
        self._threshold_seconds = threshold_seconds
        self._rules = rules
        self._words = words
        self._looks = looks
        self._clock = clock
        self._on_change = on_change
        self._states: dict[str, TierState] = {}
        self.steps: Mapping[str, TierStep] = {}  # what the last look came to, by tier

    def look(self) -> OnTime:
        """Report what changed; returns how the tier does that is worst off."""
        self.steps = {tier: self._step(tier, seen) for tier, seen in self._sensors.looks().items()}
        return _worst(self.steps)

    def _step(self, tier: str, seen: TierSight) -> TierStep:
        now = Point(self._clock.mono(), self._clock.utc(), seen.look)
        state = self._states.get(tier) or self._taken_over(tier, now)
        taken = step(state, now.look, now.at_mono, now.at_utc, self._rules)
        self._states[tier] = taken.state
        self._looks.looked(tier, now, self._rules.point_seconds)
        match taken.change:
            case Change.VIOLATED | Change.STILL_VIOLATED:
                self._violated(tier, seen, taken, reminder=taken.change is Change.STILL_VIOLATED)
            case Change.RESTORED:
                self._restored(tier, taken)
        return taken

    def _taken_over(self, tier: str, now: Point) -> TierState:
        return TierState(self._looks.history(tier, now.at_mono, now.at_utc), self._words.violation(tier))

    def _violated(self, tier: str, seen: TierSight, taken: TierStep, *, reminder: bool) -> None:
        if taken.state.violation is not None:
            self._words.violated(tier, taken.state.violation)
        sight = self._sensors.sight(seen)
        cause = blamed(taken.late_by, sight)
        violated = {
            **self._fields(tier, taken),
            "overdue": seen.look.overdue,
            "worst_seconds": round(max(taken.worst_seconds, self._sensors.worst_now(tier)), _DIGITS),
            "cause": cause.name.lower(),
            "late_by": {MissCause(number).name.lower(): n for number, n in enumerate(taken.late_by) if n},
            "doing": doing(cause, sight).value,
            "workers_ready": sight.workers_ready,
            "workers_wanted": sight.workers_wanted,
            "scale_reason": sight.scale_reason,
        }
        log.warning("sla.violated", reminder=reminder, **violated)
        if not reminder:
            self._say("sla.violated", violated)

    def _restored(self, tier: str, taken: TierStep) -> None:
        self._words.restored(tier)
        restored = {
            **self._fields(tier, taken),
            "worst_seconds": round(taken.worst_seconds, _DIGITS),
            "duration_seconds": round(taken.duration_seconds, 1),
        }
        log.info("sla.restored", **restored)
        self._say("sla.restored", restored)

    def _fields(self, tier: str, taken: TierStep) -> dict[str, Any]:
        return {
            "tier": tier,
            "threshold_seconds": self._threshold_seconds[tier],
            "objective": self._rules.objective,
            "since": iso_utc(taken.since_utc),
            "late": taken.late,
            "compliance_fast": round(taken.fast.compliance, 4),
            "compliance_slow": round(taken.slow.compliance, 4),
        }

    def _say(self, event: str, fields: Mapping[str, object]) -> None:
        self._on_change({"timestamp": iso_utc(self._clock.utc()), "event": event, **fields})


def _worst(steps: Mapping[str, TierStep]) -> OnTime:
    """A violated tier before all others; then the one of which the least was on time."""

    def badness(tier: str) -> tuple[bool, bool, float]:
        taken = steps[tier]
        return not taken.is_violated, not taken.fast.messages, taken.fast.compliance

    tier = min(steps, key=badness)
    fast = steps[tier].fast
    return OnTime(tier, fast.compliance if fast.messages else None, steps[tier].is_violated)
