"""When a tier is reported as violated, and when as good again, second by second on a clock of the test's own."""

from __future__ import annotations

from itertools import pairwise

from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.violation import Change, TierState, TierStep, step
from punctuald.policy.sla.windows import Look, SlaRules

RULES = SlaRules(objective=0.99)


def missed_by(handle: int) -> tuple[int, ...]:
    """Totals by cause: the handler took too long."""
    return tuple(handle if cause is MissCause.HANDLE else 0 for cause in MissCause)


class Tier:
    """A tier that is looked at each second."""

    def __init__(self, state: TierState | None = None, look: Look | None = None, rules: SlaRules = RULES) -> None:
        self.state = state or TierState()
        self.rules = rules
        self.now_mono = 1000.0
        self.look = look or Look()
        self.changes: list[tuple[float, TierStep]] = []
        self.second()  # what was before the first look is not counted

    def second(self, met: int = 0, missed: int = 0, overdue: int = 0, worst_seconds: float = 0.0) -> TierStep:
        """So many messages more, and so many that wait past their deadline now."""
        self.look = Look(self.look.met + met, missed_by(self.look.missed + missed), overdue, worst_seconds)
        taken = step(self.state, self.look, self.now_mono, 5000.0 + self.now_mono, self.rules)
        self.state = taken.state
        if taken.change is not Change.NOTHING:
            self.changes.append((self.now_mono, taken))
        self.now_mono += 1
        return taken

    def seconds(self, number: int, met: int = 0, missed: int = 0, overdue: int = 0) -> None:
        for _ in range(number):
            self.second(met, missed, overdue)

    @property
    def reported(self) -> list[Change]:
        return [taken.change for _, taken in self.changes]


def test_a_tier_that_keeps_its_objective_is_never_reported() -> None:
    tier = Tier()
    for _ in range(20):
        tier.seconds(20, met=50)
        tier.second(met=50, missed=5)  # 5 of 1,055
    assert tier.reported == []


def test_a_tier_is_violated_once_both_windows_burn_and_five_are_late() -> None:
    tier = Tier()
    tier.seconds(600, met=10)
    tier.seconds(26, missed=1)
    assert tier.reported == []  # the fast window burns since long, the slow one has 26 of 2,760
    tier.seconds(4, missed=1)
    assert tier.reported == [Change.VIOLATED]


def test_four_late_messages_are_no_violation_and_the_fifth_is() -> None:
    tier = Tier()
    tier.seconds(4, missed=1)
    assert tier.reported == []
    assert tier.second(missed=1).change is Change.VIOLATED


def test_late_messages_of_a_minute_ago_are_no_violation_any_more() -> None:
    tier = Tier()
    tier.seconds(4, missed=1)
    tier.seconds(61)
    tier.seconds(10, met=50)
    tier.second(met=200, missed=1)
    assert tier.reported == []


def test_what_waits_past_its_deadline_is_late_though_nothing_completes() -> None:
    tier = Tier()
    tier.seconds(100, met=10)
    taken = tier.second(overdue=30, worst_seconds=12.5)
    assert (taken.change, taken.late, taken.worst_seconds) == (Change.VIOLATED, 30, 12.5)


def test_a_message_that_was_overdue_and_then_completes_is_counted_once() -> None:
    tier = Tier()
    tier.seconds(10, overdue=8)
    assert tier.second(missed=8).late == 8


def test_a_violation_says_since_when_how_many_and_how_bad() -> None:
    tier = Tier()
    tier.seconds(100, met=10)
    first = tier.now_mono
    tier.second(missed=2, worst_seconds=4.0)
    tier.second(missed=20, worst_seconds=9.0)
    at, taken = tier.changes[0]
    assert (at, taken.late, taken.worst_seconds) == (first + 1, 22, 9.0)
    assert taken.since_utc == 5000.0 + first
    assert taken.duration_seconds == 1.0


def test_a_tier_is_restored_after_a_minute_in_which_its_fast_window_kept_the_objective() -> None:
    tier = Tier()
    tier.seconds(100, met=10)
    tier.seconds(5, missed=10)
    ended = tier.now_mono
    tier.seconds(300, met=10)
    (_, violated), (at, restored) = tier.changes
    assert (violated.change, restored.change) == (Change.VIOLATED, Change.RESTORED)
    assert 119 <= at - ended <= 121  # a minute until the fast window is clean, and one of restore_seconds
    assert restored.late == 50
    assert not restored.is_violated


def test_nothing_is_restored_while_a_message_is_overdue() -> None:
    tier = Tier()
    tier.seconds(5, missed=1)
    tier.seconds(200, met=1000, overdue=1)
    assert tier.reported == [Change.VIOLATED]
    tier.seconds(62, met=1000)
    assert tier.reported == [Change.VIOLATED, Change.RESTORED]


def test_a_relapse_within_the_minute_begins_the_minute_anew_and_is_no_second_violation() -> None:
    tier = Tier()
    tier.seconds(10, missed=1)
    tier.seconds(100)  # the fast window is clean since 40 s
    tier.second(missed=3)
    relapsed = tier.now_mono
    tier.seconds(200)
    assert tier.reported == [Change.VIOLATED, Change.RESTORED]
    assert tier.changes[-1][0] - relapsed >= 118
    assert tier.changes[-1][1].late == 13


def test_a_violation_that_lasts_is_reported_again_every_five_minutes() -> None:
    tier = Tier()
    tier.seconds(1000, missed=1)
    assert tier.reported == [Change.VIOLATED, *[Change.STILL_VIOLATED] * 3]
    moments = [at for at, _ in tier.changes]
    assert [round(later - at) for at, later in pairwise(moments)] == [300, 300, 300]
    assert [taken.late for _, taken in tier.changes] == [5, 305, 605, 905]


def test_a_successor_that_knows_the_violation_neither_repeats_nor_forgets_it() -> None:
    before = Tier()
    before.seconds(5, missed=2)
    assert before.reported == [Change.VIOLATED]
    successor = Tier(TierState(violation=before.state.violation), look=before.look)
    successor.second(missed=2)
    assert successor.reported == []
    successor.seconds(200, met=10)
    [(_, restored)] = successor.changes
    assert (restored.change, restored.late) == (Change.RESTORED, 12)


def test_shorter_windows_are_a_matter_of_the_rules() -> None:
    tier = Tier(rules=SlaRules(0.99, fast_window_seconds=5, slow_window_seconds=10, restore_seconds=5))
    tier.seconds(30, met=10)
    tier.seconds(2, missed=5)
    tier.seconds(12, met=10)
    assert tier.reported == [Change.VIOLATED, Change.RESTORED]
