from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import pytest

from punctuald.config import SlaSettings, tier_of
from punctuald.policy.advice.finding import Level
from punctuald.policy.advice.tier_advice import hidden_tiers, tier_findings
from punctuald.policy.delivery.tiers import Tier

DAY = Tier("day", 3.0, time(6), time(22))
LUNCH = Tier("lunch", 1.0, time(12), time(13))
EVENING = Tier("evening", 1.0, time(18), time(23))
SATURDAY = Tier("saturday", 60.0, days=frozenset({5}))
REST = Tier("rest", 9.0)


@pytest.mark.parametrize(
    ("tiers", "named", "said"),
    [
        ([DAY, REST], (), []),
        ([LUNCH, DAY, REST], (), []),
        ([DAY, LUNCH, REST], (), [("lunch", "tiers.never_in_force")]),
        ([DAY, LUNCH, REST], ("lunch",), []),
        ([DAY, EVENING, REST], (), [("evening", "tiers.overlap")]),
        ([EVENING, DAY, REST], (), []),
        ([SATURDAY, DAY, REST], (), [("day", "tiers.overlap")]),
        ([SATURDAY, REST], (), []),  # it has the rest, and is tighter than what goes before it
    ],
)
def test_a_tier_that_another_one_hides_is_found(
    tiers: Sequence[Tier], named: Sequence[str], said: list[tuple[str, str]]
) -> None:
    assert [(name, finding.code) for name, finding in tier_findings(tiers, named, 0.2)] == said


def test_the_tiers_that_are_there_by_default_are_as_they_should_be() -> None:
    assert tier_findings([tier_of(tier) for tier in SlaSettings().tiers], (), 0.2) == []


def test_an_overlap_says_from_when_and_what_it_costs() -> None:
    [(_, finding)] = tier_findings([DAY, EVENING, REST], (), 0.2)
    assert finding.level is Level.NOTE
    assert finding.line == (
        "day before it in the list holds at some of its hours too, from Monday 18:00 on: "
        "messages have 3 s then, and not 1 s"
    )


def test_a_threshold_that_acknowledgements_alone_use_up_is_a_warning() -> None:
    [(name, finding)] = tier_findings([Tier("instant", 0.2)], (), 0.2)
    assert (name, finding.code) == ("instant", "tiers.below_the_linger")
    assert tier_findings([Tier("instant", 0.3)], (), 0.2) == []


def test_what_check_says_is_the_same_rule() -> None:
    assert hidden_tiers([DAY, LUNCH, EVENING, REST], ()) == tier_findings([DAY, LUNCH, REST], (), 0.0)
